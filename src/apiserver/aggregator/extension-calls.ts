import type { APIService } from '../../api/apiregistration/v1/api-service.ts'
import type { Service } from '../../api/core/v1/service.ts'
import type { Clock } from '../../base/clock.ts'
import { linkedAbort } from '../../base/async.ts'
import type { Random } from '../../base/random.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type {
  BackendRequest,
  BackendResponse,
  Backends,
  BackendTarget,
  ExtensionTrust,
} from '../connect/backends.ts'
import { readyEndpoint } from '../connect/proxy-location.ts'
import { getObject } from '../registry/get.ts'
import type { Registry } from '../registry/registry.ts'
import { join } from '../base/bytes.ts'
import { remoteHeaders } from './remote-headers.ts'

export interface ExtensionOptions {
  readonly registry: Registry
  readonly clock: Clock
  readonly random: Random
  /** Without it no other server can be reached. */
  readonly backends?: Backends | undefined
}

const PORT = 443

/** A server that answers for an APIService, and what it must show. */
export interface ExtensionTarget extends Omit<BackendTarget, 'path'> {
  readonly trust: ExtensionTrust
}

/** One of the servers of an APIService, where it listens now. Throws where nobody knows. */
export async function extensionTarget(
  { spec }: APIService,
  { registry, random }: ExtensionOptions,
): Promise<ExtensionTarget> {
  const { namespace = '', name = '', port = PORT } = spec.service ?? {}
  const trust = {
    serverName: `${name}.${namespace}.svc`,
    verify: !spec.insecureSkipTLSVerify,
    ...(spec.caBundle && {
      ca: new TextDecoder().decode(Uint8Array.fromBase64(spec.caBundle)),
    }),
  }
  const { resource } = registry.find('', 'v1', 'services')!
  const service = (await getObject(resource, namespace, name)).object as unknown as Service
  const { type, externalName = '' } = service.spec
  if (type === 'ExternalName') return { scheme: 'https', host: externalName, port, trust }
  const text = `https:${name}:${port}`
  const endpoint = await readyEndpoint(registry, service, String(port), text, random)
  return { scheme: 'https', ...endpoint, trust }
}

/** Asks another API server on behalf of a user. Throws where there is no answer. */
export async function askExtension(
  target: ExtensionTarget,
  path: string,
  user: UserInfo,
  { headers = {}, ...request }: Omit<BackendRequest, 'headers'> & Partial<BackendRequest>,
  { backends }: ExtensionOptions,
): Promise<BackendResponse> {
  if (!backends) throw new Error('this server calls no other servers')
  const sent = { ...headers, ...remoteHeaders(user) }
  return backends.request({ ...target, path }, { ...request, headers: sent })
}

export interface WholeAnswer {
  readonly status: number
  readonly headers: BackendResponse['headers']
  readonly body: Uint8Array
}

const ANSWER_BYTES_MAX = 64 * 1024 * 1024

/** Reads something of another API server, whole, and within a time. Throws where that does not come about. */
export async function readExtension(
  target: ExtensionTarget,
  path: string,
  user: UserInfo,
  {
    accept,
    timeoutMs,
    signal,
  }: { readonly accept: string; readonly timeoutMs: number; readonly signal: AbortSignal },
  options: ExtensionOptions,
): Promise<WholeAnswer> {
  using abort = linkedAbort(signal)
  using _ = options.clock.after(timeoutMs, () =>
    abort.abort(new Error('context deadline exceeded')),
  )
  const request = { method: 'GET', headers: { accept }, signal: abort.signal }
  try {
    const { status, headers, body } = await askExtension(target, path, user, request, options)
    return { status, headers, body: await wholeBody(body) }
  } catch (error) {
    abort.signal.throwIfAborted()
    throw error
  }
}

/** The bytes of a body. Throws where there are too many. */
export async function wholeBody(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > ANSWER_BYTES_MAX) {
      throw new Error(`the answer has more than ${ANSWER_BYTES_MAX} bytes`)
    }
    chunks.push(chunk)
  }
  return join(chunks)
}
