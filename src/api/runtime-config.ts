/** Which APIs are on, by `api/all`, `api/ga`, `api/beta`, `api/alpha`, GROUP/VERSION or GROUP/VERSION/RESOURCE. */
export type RuntimeConfig = Readonly<Record<string, boolean>>

/** A choice of APIs that makes no sense. Worded as k8s.io/apiserver does. */
export class RuntimeConfigError extends Error {
  override readonly name = 'RuntimeConfigError'
}

const TRUE = /^(?:1|t|T|TRUE|true|True)$/
const FALSE = /^(?:0|f|F|FALSE|false|False)$/

/** Reads `api/beta=true,apps/v1=false`, as the flag --runtime-config takes it. Throws `RuntimeConfigError`. */
export function parseRuntimeConfig(text: string): RuntimeConfig {
  const config: Record<string, boolean> = {}
  for (const part of text.split(',')) {
    if (part.trim() === '') continue
    const [key = '', ...rest] = part.split('=')
    const value = rest.join('=').trim()
    if (value !== '' && !TRUE.test(value) && !FALSE.test(value)) {
      const problem = `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`
      throw new RuntimeConfigError(`invalid value of ${key}: ${value}, err: ${problem}`)
    }
    config[key.trim()] = value === '' || TRUE.test(value)
  }
  return config
}

/** A version of a group and whether it is served when nobody says anything. */
export interface VersionDefault {
  readonly group: string
  readonly version: string
  readonly served: boolean
}

/** What is served: a version, or only some of its resources. */
export interface Enablement {
  readonly isVersionNeeded: (group: string, version: string) => boolean
  readonly isResourceServed: (group: string, version: string, plural: string) => boolean
}

// In this order, whatever the order of the flags: the wider goes before the narrower.
const LEVELS: Readonly<Record<string, (version: string) => boolean>> = {
  'api/all': () => true,
  'api/ga': (version) => !/alpha|beta/.test(version),
  'api/beta': (version) => version.includes('beta'),
  'api/alpha': (version) => version.includes('alpha'),
}

/** Works a configuration out against the versions that there are. Throws `RuntimeConfigError`. */
export function enablement(known: readonly VersionDefault[], config: RuntimeConfig): Enablement {
  checkConfig(config)
  const versions = new Map(known.map((each) => [keyOf(each), each.served]))
  for (const [level, matches] of Object.entries(LEVELS)) {
    const on = config[level]
    if (on === undefined) continue
    for (const each of known) if (matches(each.version)) versions.set(keyOf(each), on)
  }
  const resources = new Map<string, boolean>()
  for (const [key, on] of Object.entries(config)) {
    if (Object.hasOwn(LEVELS, key)) continue
    const { version, resource } = targetOf(key, known)
    if (resource === undefined) versions.set(version, on)
    else resources.set(`${version}/${resource}`, on)
  }
  const isNamed = (key: string): boolean =>
    [...resources].some(([name, on]) => on && name.startsWith(`${key}/`))
  return {
    isVersionNeeded(group, version) {
      const key = keyOf({ group, version })
      return versions.get(key) === true || isNamed(key)
    },
    isResourceServed(group, version, plural) {
      const key = keyOf({ group, version })
      return resources.get(`${key}/${plural}`) ?? versions.get(key) ?? false
    },
  }
}

function checkConfig(config: RuntimeConfig): void {
  if (config['api/all'] === false && Object.keys(config).length === 1) {
    throw new RuntimeConfigError('invalid key with only api/all=false')
  }
}

interface Target {
  /** Group and version, as `keyOf()` writes them. */
  readonly version: string
  readonly resource: string | undefined
}

function targetOf(key: string, known: readonly VersionDefault[]): Target {
  const parts = key.split('/')
  // The core group is written as `v1`, or as in paths: `api/v1`.
  const [first, second, third] = coreFirst(parts)
  const [group, version, resource] =
    second === undefined ? ['', first, undefined] : [first, second, third]
  if (parts.length > 3 || version === undefined) {
    throw new RuntimeConfigError(`runtime-config invalid key ${key}`)
  }
  if (!known.some((each) => each.group === group)) {
    throw new RuntimeConfigError(`unknown api groups ${group}`)
  }
  const at = keyOf({ group: group!, version })
  if (!known.some((each) => keyOf(each) === at)) {
    throw new RuntimeConfigError(`group version ${at} that has not been registered`)
  }
  return { version: at, resource }
}

function coreFirst(parts: readonly string[]): readonly string[] {
  if (parts[0] === 'api') return ['', ...parts.slice(1)]
  return parts.length === 2 && /^v\d/.test(parts[0]!) ? ['', ...parts] : parts
}

function keyOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? version : `${group}/${version}`
}
