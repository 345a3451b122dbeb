import { Type } from 'typebox'
import { accessTokenLife, signAccessToken } from './sessions.ts'

/** What a client gets that signed in. */
export const Tokens = Type.Object({
  accessToken: Type.String(),
  refreshToken: Type.String(),
  expiresIn: Type.Integer({ description: 'Seconds until the access token ends' }),
})

/** The pair of tokens of a client's session; `token` is its refresh token. */
export async function issueTokens(given: {
  memberId: number
  sessionId: string
  token: string
  key: Uint8Array
  now: Date
}) {
  const accessToken = await signAccessToken(given)
  return { accessToken, refreshToken: given.token, expiresIn: accessTokenLife }
}
