import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseDuration } from '../../apimachinery/durations.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import {
  parseCredentialProviders,
  PROVIDER_API,
  type CredentialProvider,
} from './credential-provider-config.ts'
import type { PullCredential } from './image-manager.ts'
import { fitsImage, loginsFor } from './pull-credentials.ts'
import { parseImageReference } from './reference.ts'

const ANSWER_MS = 60_000
const CACHED_MAX = 1000

export interface CredentialProvidersOptions {
  /** A CredentialProviderConfig, and where the programs are that it names. */
  readonly configFile: string
  readonly binDirectory: string
  readonly clock: Clock
  readonly logger: Logger
}

/** Credentials that programs of this machine know of (KEP-2133). */
export interface CredentialProviders {
  /** What they say of an image; nothing where none of them is for it, or none answers. */
  credentials(image: string): Promise<readonly PullCredential[]>
}

interface Answer {
  readonly cacheKeyType: 'Image' | 'Registry' | 'Global'
  readonly cacheDuration?: string
  readonly auth?: Readonly<Record<string, { readonly username: string; readonly password: string }>>
}

interface Cached {
  readonly auth: NonNullable<Answer['auth']>
  readonly untilMs: number
}

/** Reads which providers there are. Throws a `CredentialProviderError`, or the file system's errors. */
export async function credentialProviders({
  configFile,
  binDirectory,
  clock,
  logger,
}: CredentialProvidersOptions): Promise<CredentialProviders> {
  const providers = parseCredentialProviders(await readFile(configFile, 'utf8'))
  const cache = new Map<string, Cached>()
  const asking = new Map<string, Promise<Cached['auth']>>()

  const cached = (provider: CredentialProvider, image: string): Cached['auth'] | undefined =>
    cacheKeys(provider, image)
      .map((key) => cache.get(key))
      .find((each) => each !== undefined && each.untilMs > clock.now())?.auth
  const ask = async (provider: CredentialProvider, image: string): Promise<Cached['auth']> => {
    const answer = await run(join(binDirectory, provider.name), provider, image)
    const { auth = {}, cacheKeyType, cacheDuration = provider.defaultCacheDuration! } = answer
    const ms = parseDuration(cacheDuration)
    if (ms > 0) {
      if (cache.size >= CACHED_MAX) cache.clear()
      const key = `${provider.name} ${cacheKeyType} ${cacheValue(cacheKeyType, image)}`
      cache.set(key, { auth, untilMs: clock.now() + ms })
    }
    return auth
  }
  const from = async (provider: CredentialProvider, image: string): Promise<Cached['auth']> => {
    const known = cached(provider, image)
    if (known) return known
    const key = `${provider.name} ${image}`
    return asking.getOrInsertComputed(key, () =>
      ask(provider, image).finally(() => asking.delete(key)),
    )
  }
  return {
    async credentials(image) {
      const { name } = parseImageReference(image)
      const asked = providers.filter(({ matchImages }) =>
        matchImages.some((pattern) => fitsImage(pattern, name)),
      )
      const found = await Promise.all(
        asked.map((provider) =>
          from(provider, name).catch((error: unknown) => {
            logger.error('A credential provider gives no credentials', {
              provider: provider.name,
              image: name,
              error: String(error),
            })
            return {}
          }),
        ),
      )
      const known = found.map((logins) => ({ logins, from: undefined }))
      return loginsFor(name, known).map(({ auth }) => ({ auth }))
    },
  }
}

const KEY_TYPES = ['Image', 'Registry', 'Global'] as const

function cacheKeys({ name }: CredentialProvider, image: string): readonly string[] {
  return KEY_TYPES.map((type) => `${name} ${type} ${cacheValue(type, image)}`)
}

function cacheValue(type: Answer['cacheKeyType'], image: string): string {
  if (type === 'Global') return ''
  return type === 'Image' ? image : image.slice(0, image.indexOf('/'))
}

/** Rejects where the program does not answer in time, or not as it should. */
async function run(
  program: string,
  { args = [], env = [] }: CredentialProvider,
  image: string,
): Promise<Answer> {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...Object.fromEntries(env.map(({ name, value }) => [name, value])) },
    timeout: ANSWER_MS,
    killSignal: 'SIGKILL',
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  child.stdin.on('error', () => undefined) // It need not read what it is asked.
  child.stdin.end(
    JSON.stringify({ kind: 'CredentialProviderRequest', apiVersion: PROVIDER_API, image }),
  )
  const [said, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (code !== 0)
    throw new Error(
      `error execing credential provider plugin ${program}: ${complaint.trim() || `exit status ${code}`}`,
    )
  return answerOf(said)
}

function answerOf(said: string): Answer {
  const answer = JSON.parse(said) as Partial<Answer> & {
    readonly kind?: string
    readonly apiVersion?: string
  }
  const { kind, apiVersion, cacheKeyType } = answer
  if (kind !== 'CredentialProviderResponse' || apiVersion !== PROVIDER_API)
    throw new Error(
      `apiVersion from credential plugin response did not match expected apiVersion:${PROVIDER_API}, actual apiVersion:${apiVersion}`,
    )
  if (!cacheKeyType || !KEY_TYPES.includes(cacheKeyType))
    throw new Error(
      `credential provider plugin did not return a valid cacheKeyType: "${cacheKeyType ?? ''}"`,
    )
  return { ...answer, cacheKeyType }
}
