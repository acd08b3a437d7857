import type { Crypto } from '../../../base/crypto.ts'
import type { Authenticator, UserInfo } from '../authenticator.ts'
import { parseCsv } from './csv.ts'

/**
 * Reads a static token file: `token,user,uid[,"group1,group2"]` on each line. Throws an Error. See
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file
 */
export function parseStaticTokens(text: string): ReadonlyMap<string, UserInfo> {
  const tokens = new Map<string, UserInfo>()
  parseCsv(text).forEach((record, i) => {
    const [token = '', name = '', uid = '', groups = ''] = record.map((field) => field.trim())
    if (record.length < 3) {
      throw new Error(
        `token file must have at least 3 columns (token, user name, user uid), found ${record.length}`,
      )
    }
    if (token === '') throw new Error(`empty token in record ${i + 1}`)
    tokens.set(token, {
      name,
      uid,
      groups: groups === '' ? [] : groups.split(',').map((group) => group.trim()),
    })
  })
  return tokens
}

/** Accepts tokens that a file lists. They are looked for by their digests, so that the time taken tells nothing. */
export function staticTokens(
  tokens: ReadonlyMap<string, UserInfo>,
  crypto: Pick<Crypto, 'hashHex'>,
): Authenticator {
  const users = new Map(
    [...tokens].map(([token, user]) => [crypto.hashHex('sha256', token), user] as const),
  )
  return ({ bearerToken }) => {
    if (bearerToken === undefined) return undefined
    const user = users.get(crypto.hashHex('sha256', bearerToken))
    return user && { user }
  }
}
