import { isJsonObject, type JsonObject } from '../../../apimachinery/patch/json-object.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Issuer } from '../configuration/types.ts'
import type { JsonWebKey } from './jws.ts'

/** Gets a document over HTTPS: the whole body of an answer 200. Rejects for anything else; follows no redirects. */
export type GetDocument = (url: string, options: GetOptions) => Promise<string>

export interface GetOptions {
  /** Whose certificates are believed, PEM; the system's where absent. */
  readonly ca?: string
  readonly signal: AbortSignal
}

export interface IssuerKeysOptions {
  readonly clock: Clock
  readonly get: GetDocument
}

/** The keys of an issuer, as it publishes them. */
export interface IssuerKeys {
  /** The keys that there are now; asked for where they are not known or have been known for long. */
  current(): Promise<readonly JsonWebKey[]>
  /** The keys as the issuer has them now, for a token that none of the known ones signed. */
  fresh(): Promise<readonly JsonWebKey[]>
}

const AGE_MS_MAX = 10 * 60_000 // A key that the issuer has withdrawn is believed no longer than this.
const TIMEOUT_MS = 10_000
const DISCOVERY_PATH = '/.well-known/openid-configuration'

/** Finds keys by OpenID Connect Discovery 1.0. One question is under way at a time, whoever asks. */
export function issuerKeys(issuer: Issuer, options: IssuerKeysOptions): IssuerKeys {
  const { clock } = options
  let known: { readonly keys: readonly JsonWebKey[]; readonly atMs: number } | undefined
  let asking: Promise<readonly JsonWebKey[]> | undefined
  const fetchKeys = async (): Promise<readonly JsonWebKey[]> => {
    const keys = await keysOf(issuer, options)
    known = { keys, atMs: clock.monotonic() }
    return keys
  }
  const fresh = (): Promise<readonly JsonWebKey[]> =>
    (asking ??= fetchKeys().finally(() => (asking = undefined)))
  return {
    fresh,
    async current() {
      if (!known) return fresh()
      if (clock.monotonic() - known.atMs < AGE_MS_MAX) return known.keys
      // An issuer that is not there for a while locks nobody out.
      return fresh().catch(() => known!.keys)
    },
  }
}

async function keysOf(
  { url = '', discoveryURL = '', certificateAuthority: ca }: Issuer,
  { clock, get }: IssuerKeysOptions,
): Promise<readonly JsonWebKey[]> {
  const abort = new AbortController()
  using _ = clock.after(TIMEOUT_MS, () => abort.abort(new Error('the issuer does not answer')))
  const options = { ...(ca && { ca }), signal: abort.signal }
  const read = async (from: string): Promise<JsonObject> => objectOf(await get(from, options), from)
  const place = discoveryURL || `${url.replace(/\/$/, '')}${DISCOVERY_PATH}`
  const document = await read(place)
  if (document['issuer'] !== url) {
    const got = JSON.stringify(document['issuer'])
    throw new Error(
      `oidc: issuer URL provided to client (${JSON.stringify(url)}) did not match the issuer URL returned by provider (${got})`,
    )
  }
  const { jwks_uri: uri } = document
  const where = typeof uri === 'string' ? URL.parse(uri) : null
  if (where?.protocol !== 'https:') throw new Error(`oidc: jwks_uri of ${place} is no HTTPS URL`)
  const { keys } = await read(where.href)
  if (!Array.isArray(keys)) throw new Error(`oidc: ${where.href} holds no keys`)
  return keys.filter(isSigningKey)
}

function objectOf(text: string, url: string): JsonObject {
  const value: unknown = JSON.parse(text)
  if (isJsonObject(value)) return value
  throw new Error(`oidc: ${url} holds no JSON object`)
}

function isSigningKey(value: unknown): value is JsonWebKey {
  return isJsonObject(value) && typeof value['kty'] === 'string' && value['use'] !== 'enc'
}
