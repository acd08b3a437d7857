import { stat } from 'node:fs/promises'
import type { Clock } from '../../base/clock.ts'
import type { Crypto } from '../../base/crypto.ts'
import type { Logger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'
import { isUnimplemented } from '../../grpc/errors.ts'
import type { Credential } from '../../pki/pki-files.ts'
import type { HttpExchange } from '../../serving/exchange.ts'
import { serveTls, type TlsServer } from '../../serving/tls-server.node.ts'
import type { TlsCredentials } from '../../serving/tls-settings.node.ts'
import { takeOverConnection } from '../../serving/upgrade.node.ts'
import { acceptPortForward } from '../../streams/accept-port-forward.node.ts'
import { acceptRemoteCommand } from '../../streams/accept-remote-command.node.ts'
import {
  dialPortForward,
  forwardThrough,
  type PortForwardClient,
} from '../../streams/dial-port-forward.node.ts'
import { dialRemoteCommand } from '../../streams/dial-remote-command.node.ts'
import { remoteCommandOptions, type RemoteCommandOptions } from '../../streams/options.ts'
import { internalErrorStatus } from '../../streams/status.ts'
import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import { DEFAULT_CONFIGURATION } from '../config/parse-kubelet-configuration.ts'
import type { RuntimeService } from '../cri/types.ts'
import type { DirectoryContainer, DirectoryPod } from '../pod-directory.ts'
import { access, accessLimits, type Access, type Refusal } from './access.ts'
import { logOptions } from './log-lines.ts'
import { PAGES, type Page } from './pages.ts'
import { readLog } from './read-log.node.ts'
import type { ServedNode } from './served-node.ts'

export interface NodeServerOptions {
  /** The addresses to listen on, with one port for all; 0 picks a free one. */
  readonly hosts: readonly string[]
  readonly port: number
  readonly serving: Credential
  /** Whose client certificates are believed, PEM. */
  readonly clientCaPem: string
  /** Asks the API server who may ask, as the node. */
  readonly client: Client
  readonly nodeName: string
  readonly configuration?: KubeletConfiguration
  /** The node agent; asked for with each request, since the server listens before there is one. */
  readonly node: () => ServedNode | undefined
  readonly runtime: RuntimeService
  readonly clock: Clock
  readonly crypto: Crypto
  readonly logger: Logger
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8' }
const encoder = new TextEncoder()

/** Serves the node's own API, which the API server asks for logs and sessions of containers. */
export function startNodeServer(options: NodeServerOptions): Promise<TlsServer> {
  const { clock, configuration = DEFAULT_CONFIGURATION, hosts, logger, port } = options
  const door = access({ ...options, limits: accessLimits(configuration) })
  return serveTls({
    clock,
    logger,
    hosts,
    port,
    credentials: nodeServerCredentials(options),
    handler: (exchange) => answer(exchange, options, door),
  })
}

/** What it serves with, and whom it believes. */
export function nodeServerCredentials({
  serving,
  clientCaPem,
}: Pick<NodeServerOptions, 'serving' | 'clientCaPem'>): TlsCredentials {
  return { ...serving, clientAuthorities: { client: clientCaPem } }
}

async function answer(
  exchange: HttpExchange,
  options: NodeServerOptions,
  door: Access,
): Promise<void> {
  const refusal = await door.refusal(exchange).catch(cannotAsk)
  if (refusal) return exchange.respond(refusal.code, TEXT, encoder.encode(`${refusal.text}\n`))
  if (exchange.path === '/healthz') return exchange.respond(200, TEXT, encoder.encode('ok'))

  const segments = decodedSegments(exchange.path)
  if (!segments) return badRequest(exchange, 'invalid URL escape in the path')
  const [, action = '', ...parts] = segments
  const handler = Object.hasOwn(HANDLERS, action) ? HANDLERS[action] : undefined
  const node = options.node()
  const page = PAGES[exchange.path.replace(/\/$/, '')]
  if (!page && (!handler || parts.length < 2)) return notFound(exchange, '404 page not found')
  if (!node) return exchange.respond(503, TEXT, encoder.encode('the node agent is starting\n'))
  if (page) return sendPage(exchange, await page(node, exchange.query))

  const { namespace, name, uid, container } = target(parts, action)
  const pod = node.find(namespace, name, uid)
  if (!pod)
    return notFound(exchange, `pod ${JSON.stringify(`${name}_${namespace}`)} does not exist`)
  await handler!({
    exchange,
    pod,
    pods: node,
    containerName: container,
    query: new URLSearchParams(exchange.query),
    options,
  })
}

/** The parts of a path; undefined where one is escaped wrongly. */
function decodedSegments(path: string): readonly string[] | undefined {
  try {
    return path.split('/').map(decodeURIComponent)
  } catch {
    return undefined
  }
}

/** Nobody is let in whom the API server cannot be asked about. */
function cannotAsk(error: unknown): Refusal {
  return { code: 500, text: `Authorization error (${String(error)})` }
}

function sendPage(exchange: HttpExchange, { type, text }: Page): void {
  exchange.respond(200, { 'content-type': type }, encoder.encode(text))
}

/** `NAMESPACE/POD[/UID][/CONTAINER]`: a port-forward names no container. */
function target(parts: readonly string[], action: string) {
  const [namespace = '', name = '', ...rest] = parts
  const container = action === 'portForward' ? '' : (rest.pop() ?? '')
  const [uid] = rest
  return { namespace, name, container, ...(uid !== undefined && { uid }) }
}

interface PodRequest {
  readonly exchange: HttpExchange
  readonly pod: DirectoryPod
  readonly pods: ServedNode
  readonly containerName: string
  readonly query: URLSearchParams
  readonly options: NodeServerOptions
}

const HANDLERS: Readonly<Record<string, (request: PodRequest) => Promise<void> | void>> = {
  containerLogs: sendLog,
  exec: (request) => openStreams(request, 'exec'),
  attach: (request) => openStreams(request, 'attach'),
  portForward: forwardPorts,
  checkpoint,
}

async function sendLog({
  exchange,
  pod,
  pods,
  containerName,
  query,
  options,
}: PodRequest): Promise<void> {
  const wanted = logOptions(query, options.clock.now())
  if (typeof wanted === 'string') return badRequest(exchange, wanted)
  const isPrevious = query.get('previous') === 'true'
  const find = (): DirectoryContainer | undefined =>
    isPrevious ? pod.previousContainer(containerName) : pod.container(containerName)
  const container = find()
  const { namespace, name, uid } = pod.pod.metadata
  if (!container) {
    const which = isPrevious ? 'previous terminated container' : 'container'
    return badRequest(
      exchange,
      `${which} ${JSON.stringify(containerName)} in pod ${JSON.stringify(name)} ${isPrevious ? 'not found' : `is waiting to start: ${waitingReason(pod, containerName)}`}`,
    )
  }
  if (!(await stat(container.logPath).catch(() => undefined))) return exchange.respond(200, TEXT)

  const isRunning = (): boolean =>
    pods.find(namespace, name, uid)?.container(containerName)?.id === container.id &&
    pods.find(namespace, name, uid)?.container(containerName)?.state === 'running'
  const stream = exchange.startStream(200, TEXT)
  try {
    const pieces = readLog(container.logPath, {
      ...wanted,
      isRunning,
      onChange: (callback) => pods.onChange(uid, callback),
      signal: exchange.signal,
    })
    for await (const piece of pieces) if (!stream.write(piece)) await stream.drained()
    stream.end()
  } catch (error) {
    options.logger.warn('cannot read a log', {
      pod: `${namespace}/${name}`,
      container: containerName,
      error: String(error),
    })
    stream.destroy()
  }
}

function waitingReason({ pod }: DirectoryPod, container: string): string {
  const all = [
    ...(pod.status.containerStatuses ?? []),
    ...(pod.status.initContainerStatuses ?? []),
    ...(pod.status.ephemeralContainerStatuses ?? []),
  ]
  return all.find(({ name }) => name === container)?.state?.waiting?.reason ?? 'ContainerCreating'
}

async function checkpoint({
  exchange,
  pod,
  pods,
  containerName,
  query,
}: PodRequest): Promise<void> {
  if (exchange.method !== 'POST')
    return exchange.respond(405, TEXT, encoder.encode('405: Method Not Allowed'))
  const timeout = query.get('timeout') ?? '0'
  if (!/^\d{1,9}$/.test(timeout))
    return exchange.respond(500, TEXT, encoder.encode('cannot parse value of timeout parameter'))
  const container = pod.container(containerName)
  if (container?.state !== 'running')
    return notFound(exchange, `container ${JSON.stringify(containerName)} does not exist`)
  try {
    const path = await pods.checkpoint(pod, container, Number(timeout))
    sendPage(exchange, { type: 'application/json', text: JSON.stringify({ items: [path] }) })
  } catch (error) {
    const { namespace, name } = pod.pod.metadata
    const text = `checkpointing of ${namespace}/${name}/${containerName} failed (${(error as Error).message})`
    if (isUnimplemented(error)) return notFound(exchange, text)
    exchange.respond(500, TEXT, encoder.encode(text))
  }
}

/** The runtime does the work: what the client and it say to each other is passed on. */
async function openStreams(request: PodRequest, action: 'exec' | 'attach'): Promise<void> {
  const { exchange, pod, containerName, query, options } = request
  const container = pod.container(containerName)
  if (container?.state !== 'running') {
    return notFound(exchange, `container not found (${JSON.stringify(containerName)})`)
  }
  const streams = remoteCommandOptions(query)
  if (typeof streams === 'string') return badRequest(exchange, streams)
  const upgrade = takeOverConnection(exchange)
  if (!upgrade) return badRequest(exchange, 'Upgrade request required')

  const session = await acceptRemoteCommand({ ...upgrade, request: upgrade.rawRequest }, streams)
  if (!session) return
  try {
    const url = await streamingUrl(
      action,
      container.id,
      query.getAll('command'),
      streams,
      options.runtime,
    )
    await session.finish(await dialRemoteCommand({ url }, session))
  } catch (error) {
    // A client that has left cannot be told.
    await session
      .finish(internalErrorStatus(error instanceof Error ? error.message : String(error)))
      .catch(() => undefined)
  }
}

async function streamingUrl(
  action: 'exec' | 'attach',
  containerId: string,
  cmd: readonly string[],
  { stdin, stdout, stderr, tty }: RemoteCommandOptions,
  runtime: RuntimeService,
): Promise<URL> {
  const asked = { containerId, stdin, stdout, stderr, tty }
  const url =
    action === 'exec' ? await runtime.exec({ ...asked, cmd }) : await runtime.attach(asked)
  return new URL(url)
}

async function forwardPorts({ exchange, pod, options }: PodRequest): Promise<void> {
  const { sandboxId } = pod
  const { name } = pod.pod.metadata
  if (sandboxId === undefined)
    return notFound(exchange, `pod ${JSON.stringify(name)} has no sandbox`)
  let client: PortForwardClient
  try {
    const url = new URL(await options.runtime.portForward(sandboxId, []))
    client = await dialPortForward({ url })
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return exchange.respond(500, TEXT, encoder.encode(`${text}\n`))
  }
  const upgrade = takeOverConnection(exchange)
  const session =
    upgrade &&
    acceptPortForward({ ...upgrade, request: upgrade.rawRequest }, forwardThrough(client))
  if (!upgrade) badRequest(exchange, 'Upgrade request required')
  const close = (): void => void client[Symbol.asyncDispose]()
  if (!session) return close()
  session.signal.addEventListener('abort', close, { once: true })
  client.signal.addEventListener('abort', () => void session.close(), { once: true })
}

function badRequest(exchange: HttpExchange, text: string): void {
  exchange.respond(400, TEXT, encoder.encode(text))
}

function notFound(exchange: HttpExchange, text: string): void {
  exchange.respond(404, TEXT, encoder.encode(`${text}\n`))
}
