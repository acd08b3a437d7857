import type { Pod } from '../../api/core/v1/pod.ts'
import type { Secret } from '../../api/core/v1/secret.ts'
import type { AuthConfig, Input } from '../cri/types.ts'
import type { References } from './environment.ts'

interface DockerAuth {
  readonly username?: string
  readonly password?: string
  readonly auth?: string
  readonly identitytoken?: string
}

/** What the Pod's imagePullSecrets have for an image's registry. Secrets that are missing are passed over. */
export async function imagePullCredentials(
  { metadata, spec }: Pod,
  image: string,
  references: References,
): Promise<readonly Input<AuthConfig>[]> {
  const secrets = await Promise.all(
    (spec.imagePullSecrets ?? []).map(({ name }) =>
      references.secret(metadata.namespace, name ?? ''),
    ),
  )
  return secrets.flatMap((secret) => (secret ? matching(authsOf(secret), image) : []))
}

function authsOf({ data = {} }: Secret): Readonly<Record<string, DockerAuth>> {
  try {
    const modern = data['.dockerconfigjson']
    if (modern !== undefined)
      return (parse(modern) as { readonly auths?: Record<string, DockerAuth> }).auths ?? {}
    const legacy = data['.dockercfg']
    return legacy === undefined ? {} : (parse(legacy) as Record<string, DockerAuth>)
  } catch (error) {
    if (error instanceof SyntaxError) return {} // As upstream: one that cannot be read counts for nothing.
    throw error
  }
}

function parse(base64: string): unknown {
  return JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(base64)))
}

// The longer the key, the better it fits.
function matching(auths: Readonly<Record<string, DockerAuth>>, image: string): Input<AuthConfig>[] {
  const reference = /^[^/]*[.:][^/]*\/|^localhost\//.test(image) ? image : `docker.io/${image}`
  return Object.entries(auths)
    .map(([key, auth]) => [normalized(key), auth] as const)
    .filter(([key]) => fits(key, reference))
    .toSorted(([a], [b]) => b.length - a.length)
    .map(([, auth]) => authConfig(auth))
}

function normalized(key: string): string {
  const bare = key.replace(/^https?:\/\//, '').replace(/\/(v[12]\/?)?$/, '')
  return /^(index|registry-1)\.docker\.io/.test(bare) ? bare.replace(/^[^.]+\./, '') : bare
}

// Each label of a host may be a pattern with `*`; paths are prefixes.
function fits(key: string, reference: string): boolean {
  const [keyHost = '', ...keyPath] = key.split('/')
  const [host = '', ...path] = reference.split('/')
  const [wanted, labels] = [keyHost.split('.'), host.split('.')]
  if (wanted.length !== labels.length) return false
  const same = wanted.every((label, i) =>
    new RegExp(
      `^${label
        .split('*')
        .map((part) => RegExp.escape(part))
        .join('.*')}$`,
    ).test(labels[i]!),
  )
  return same && path.join('/').startsWith(keyPath.join('/'))
}

function authConfig({ username, password, auth, identitytoken }: DockerAuth): Input<AuthConfig> {
  if (auth && username === undefined) {
    const [user = '', ...rest] = new TextDecoder().decode(Uint8Array.fromBase64(auth)).split(':')
    return { username: user, password: rest.join(':') }
  }
  return {
    username: username ?? '',
    password: password ?? '',
    ...(identitytoken !== undefined && { identityToken: identitytoken }),
  }
}
