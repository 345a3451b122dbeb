import { type Static, Type } from 'typebox'
import { ask, type Db, transact } from '#platform/database.ts'
import { Conflict, Invalid, NotFound, refuse, Unauthenticated, violatedConstraint } from '#platform/errors.ts'
import { cleanLine, textErrors } from '#platform/text.ts'
import { openChallenge, takeChallenge } from './challenges.ts'
import { findFactors } from './factors.ts'
import { noteSecurityEvent } from './security-events.ts'
import type { Viewer } from './viewer.ts'

/** Where passkeys are good: its host is the relying party's id. */
export type Place = { origin: string; name: string }

const perMember = 20
/** Ed25519, ES256, RS256: what devices make. */
const algorithms = [-8, -7, -257]
const longestName = 60
/** For how long a browser waits for its person, in milliseconds. */
const timeout = 120_000

const Text = Type.String({ maxLength: 10_000 })
const credential = {
  id: Type.String({ minLength: 1, maxLength: 1400 }),
  rawId: Type.String({ minLength: 1, maxLength: 1400 }),
  type: Type.Literal('public-key'),
}
/** What `navigator.credentials.create()` gives, as JSON. */
export const NewPasskey = Type.Object({
  ...credential,
  response: Type.Object({
    clientDataJSON: Text,
    attestationObject: Text,
    transports: Type.Optional(Type.Array(Type.String({ maxLength: 20 }), { maxItems: 10 })),
  }),
})
/** What `navigator.credentials.get()` gives, as JSON. */
export const UsedPasskey = Type.Object({
  ...credential,
  response: Type.Object({
    clientDataJSON: Text,
    authenticatorData: Text,
    signature: Text,
    userHandle: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Null()])),
  }),
})

// Loaded when the first passkey comes: certificates and CBOR take megabytes.
const library = () => import('@simplewebauthn/server')

const rpOf = (place: Place) => new URL(place.origin).hostname
const bytesOf = (token: string) => new Uint8Array(Buffer.from(token, 'base64url'))
const handleOf = (memberId: number) => Buffer.from(`member ${memberId}`).toString('base64url')

/** What a browser needs for making a passkey. @throws Conflict('too-many-passkeys') */
export async function newPasskeyOptions(db: Db, viewer: Viewer, input: { place: Place; now: Date }) {
  const { place, now } = input
  await refuseTooMany(db, viewer)
  const known = await db
    .selectFrom('passkeys')
    .select(['credential as id', 'transports'])
    .where('member_id', '=', viewer.id)
    .execute()
  const { generateRegistrationOptions } = await library()
  return generateRegistrationOptions({
    rpName: place.name,
    rpID: rpOf(place),
    userName: viewer.name,
    userID: bytesOf(handleOf(viewer.id)),
    challenge: bytesOf(await openChallenge(db, { kind: 'passkey-add', memberId: viewer.id, now })),
    timeout,
    attestationType: 'none',
    supportedAlgorithmIDs: algorithms,
    excludeCredentials: known,
    // Found by the device without a name, and only with a finger, face or code: it stands for both factors.
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
}

async function refuseTooMany(db: Db, viewer: Viewer): Promise<void> {
  const { passkeys } = await findFactors(db, viewer.id)
  if (passkeys >= perMember) throw new Conflict('too-many-passkeys', { facts: { limit: perMember } })
}

function checkPasskeyName(typed: string): string {
  const name = cleanLine(typed)
  refuse(textErrors(name, { field: 'name', limit: longestName }))
  return name
}

/** Adds the passkey that a browser made. @throws Invalid('passkey-refused'), Conflict('passkey-known') */
export async function addPasskey(
  db: Db,
  viewer: Viewer,
  input: { made: Static<typeof NewPasskey>; name: string; place: Place; now: Date },
): Promise<{ id: number }> {
  const { made, place, now } = input
  const name = checkPasskeyName(input.name)
  const { verifyRegistrationResponse } = await library()
  const { transports = [], ...response } = made.response
  const result = await verifyRegistrationResponse({
    response: { ...made, response, clientExtensionResults: {} },
    expectedChallenge: async (token) =>
      (await takeChallenge(db, { kind: 'passkey-add', token, now }))?.memberId === viewer.id,
    expectedOrigin: place.origin,
    expectedRPID: rpOf(place),
    requireUserVerification: true,
    supportedAlgorithmIDs: algorithms,
  }).catch(() => null)
  if (!result?.verified) throw new Invalid('passkey-refused')
  const { credential } = result.registrationInfo
  const row = {
    member_id: viewer.id,
    credential: credential.id,
    public_key: Buffer.from(credential.publicKey),
    counter: credential.counter,
    transports,
    name,
    created_at: now,
  }
  return transact(db, async (tx) => {
    await ask(tx, 'select 1 from members where id = $1 for update', [viewer.id])
    await refuseTooMany(tx, viewer)
    await noteSecurityEvent(tx, { memberId: viewer.id, kind: 'passkey-added', now })
    return tx.insertInto('passkeys').values(row).returning('id').executeTakeFirstOrThrow()
  }).catch((error: unknown) => {
    if (violatedConstraint(error) !== 'passkeys_credential_taken') throw error
    throw new Conflict('passkey-known')
  })
}

/** What a browser needs for using a passkey; whose, the device says. */
export async function passkeyOptions(db: Db, { place, now }: { place: Place; now: Date }) {
  const { generateAuthenticationOptions } = await library()
  const challenge = bytesOf(await openChallenge(db, { kind: 'passkey-use', now }))
  return generateAuthenticationOptions({
    rpID: rpOf(place),
    challenge,
    timeout,
    userVerification: 'required',
  })
}

/** The member whose passkey signed the challenge. @throws Unauthenticated('passkey-refused') for every failure alike */
export async function usePasskey(
  db: Db,
  input: { used: Static<typeof UsedPasskey>; place: Place; now: Date },
): Promise<{ memberId: number }> {
  const { used, place, now } = input
  const known = await db
    .selectFrom('passkeys')
    .selectAll()
    .where('credential', '=', used.id)
    .executeTakeFirst()
  const handle = used.response.userHandle
  if (!known || (handle && handle !== handleOf(known.member_id))) throw new Unauthenticated('passkey-refused')
  const { verifyAuthenticationResponse } = await library()
  const { clientDataJSON, authenticatorData, signature } = used.response
  const result = await verifyAuthenticationResponse({
    response: {
      id: used.id,
      rawId: used.rawId,
      type: used.type,
      response: { clientDataJSON, authenticatorData, signature },
      clientExtensionResults: {},
    },
    expectedChallenge: async (token) =>
      (await takeChallenge(db, { kind: 'passkey-use', token, now })) !== null,
    expectedOrigin: place.origin,
    expectedRPID: rpOf(place),
    requireUserVerification: true,
    credential: {
      id: known.credential,
      publicKey: new Uint8Array(known.public_key),
      // A counter that does not grow is refused: the key was copied.
      counter: known.counter,
    },
  }).catch(() => null)
  if (!result?.verified) throw new Unauthenticated('passkey-refused')
  const counter = result.authenticationInfo.newCounter
  await db.updateTable('passkeys').set({ counter, used_at: now }).where('id', '=', known.id).execute()
  return { memberId: known.member_id }
}

export type ListedPasskey = { id: number; name: string; createdAt: Date; usedAt: Date | null }

/** The viewer's own, oldest first. */
export async function listPasskeys(db: Db, viewer: Viewer): Promise<ListedPasskey[]> {
  return db
    .selectFrom('passkeys')
    .select(['id', 'name', 'created_at as createdAt', 'used_at as usedAt'])
    .where('member_id', '=', viewer.id)
    .orderBy('id')
    .execute()
}

/** @throws NotFound for others' and unknown ones, Invalid */
export async function renamePasskey(
  db: Db,
  viewer: Viewer,
  input: { id: number; name: string },
): Promise<void> {
  const result = await db
    .updateTable('passkeys')
    .set({ name: checkPasskeyName(input.name) })
    .where('id', '=', input.id)
    .where('member_id', '=', viewer.id)
    .executeTakeFirst()
  if (result.numUpdatedRows === 0n) throw new NotFound()
}
