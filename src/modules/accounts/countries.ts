import { invalid } from '#platform/errors.ts'

/** ISO 3166-1, and Kosovo, which has no letters there but people. */
const codes: ReadonlySet<string> = new Set(
  `
  AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
  BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
  FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
  IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
  MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
  PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
  SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK
  YE YT ZA ZM ZW
`
    .trim()
    .split(/\s+/),
)

/** '' and null: not said. @throws Invalid for what is no country's two letters */
export function checkCountry(typed: string | null): string | null {
  if (!typed) return null
  if (!codes.has(typed)) throw invalid('country', 'country')
  return typed
}

const names = new Map<string, Intl.DisplayNames>()

/** A country as readers of a language call it. */
export function countryName(language: string, code: string): string {
  const known = names.get(language) ?? new Intl.DisplayNames(language, { type: 'region', style: 'short' })
  names.set(language, known)
  return known.of(code) ?? code
}

/** All of them in the order of the language's dictionaries. */
export function countryNames(language: string): { code: string; name: string }[] {
  const order = new Intl.Collator(language)
  return [...codes]
    .map((code) => ({ code, name: countryName(language, code) }))
    .sort((a, b) => order.compare(a.name, b.name))
}
