import type { AuthConfig, Input } from '../cri/types.ts'
import { parseImageReference } from './reference.ts'

const DOCKER_HUB = 'index.docker.io'

/** A Secret of type kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg: what its one entry holds. */
export interface PullSecret {
  readonly type: 'kubernetes.io/dockerconfigjson' | 'kubernetes.io/dockercfg'
  readonly content: Uint8Array
}

interface Login {
  readonly username?: string
  readonly password?: string
  readonly auth?: string
}

/** Logins by location, and where they come from. */
export interface LoginsFrom<T> {
  readonly logins: Readonly<Record<string, Login>>
  readonly from: T
}

export interface FoundLogin<T> {
  readonly auth: Input<AuthConfig>
  readonly from: T
}

/**
 * The credentials of all secrets that fit an image, the most specific first, by the rules of
 * https://kubernetes.io/docs/concepts/containers/images/#config-json: each part of a host may have wildcards, and a
 * path fits all images below it. Secrets that cannot be read give none.
 */
export function pullCredentials<Secret extends PullSecret>(
  image: string,
  secrets: readonly Secret[],
): readonly FoundLogin<Secret>[] {
  const known = secrets.map((secret) => ({ logins: logins(secret), from: secret }))
  return loginsFor(parseImageReference(image).name, known)
}

/** The same for an image's name without tag or digest. */
export function loginsFor<T>(
  name: string,
  known: readonly LoginsFrom<T>[],
): readonly FoundLogin<T>[] {
  const entries = known
    .flatMap(({ logins, from }) =>
      Object.entries(logins).map(([location, login]) => ({
        key: registryKey(location),
        login,
        from,
      })),
    )
    .toSorted((a, b) => (a.key < b.key ? 1 : a.key > b.key ? -1 : 0))
  const fitting = entries.filter(({ key }) => fitsImage(key, name))
  const hub = name.startsWith('docker.io/') ? entries.filter(({ key }) => key === DOCKER_HUB) : []
  return (fitting.length > 0 ? fitting : hub).flatMap(({ login, from }) => {
    const auth = authConfig(login)
    return auth ? [{ auth, from }] : []
  })
}

function logins({ type, content }: PullSecret): Readonly<Record<string, Login>> {
  const parsed = parseJson(new TextDecoder().decode(content))
  const map = type === 'kubernetes.io/dockerconfigjson' ? object(parsed)['auths'] : parsed
  return object(map) as Readonly<Record<string, Login>>
}

/** Host and path, without the scheme, and without the version that logins to Docker's registry have in theirs. */
function registryKey(location: string): string {
  const [, host = '', path = ''] = /^(?:https?:\/\/)?([^/]*)(.*)$/.exec(location)!
  const effective = path.replace(/^\/v[12]\//, '/')
  return effective === '/' ? host : host + effective
}

/** Whether a location is for an image: each part of its host may have wildcards, its path begins the image's. */
export function fitsImage(key: string, name: string): boolean {
  const [keyHost, keyPath] = cut(key)
  const [host, path] = cut(name)
  const [patterns, parts] = [keyHost.split('.'), host.split('.')]
  return (
    patterns.length === parts.length &&
    patterns.every((pattern, index) => globExpression(pattern).test(parts[index]!)) &&
    path.startsWith(keyPath)
  )
}

function cut(location: string): readonly [host: string, path: string] {
  const slash = location.indexOf('/')
  return slash < 0 ? [location, ''] : [location.slice(0, slash), location.slice(slash)]
}

// Everything but the two wildcards stands for itself, so users' patterns stay linear.
function globExpression(pattern: string): RegExp {
  const collapsed = pattern.replaceAll(/\*+/g, '*')
  const source = RegExp.escape(collapsed).replaceAll('\\*', '[^/]*').replaceAll('\\?', '[^/]')
  return new RegExp(`^${source}$`)
}

function authConfig(login: Login): Input<AuthConfig> | undefined {
  const { username, password } = { ...decodedAuth(login.auth), ...named(login) }
  return username === undefined || password === undefined ? undefined : { username, password }
}

function named({ username, password }: Login): Login {
  return typeof username === 'string' && typeof password === 'string' ? { username, password } : {}
}

function decodedAuth(auth: unknown): Login {
  if (typeof auth !== 'string') return {}
  try {
    const text = new TextDecoder().decode(Uint8Array.fromBase64(auth))
    const colon = text.indexOf(':')
    return colon < 0 ? {} : { username: text.slice(0, colon), password: text.slice(colon + 1) }
  } catch (error) {
    if (error instanceof SyntaxError) return {} // Not base64.
    throw error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)
    : {}
}
