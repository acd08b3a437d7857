import type { Container } from '../../api/core/v1/container.ts'
import type { Probe } from '../../api/core/v1/probe.ts'
import { quote } from '../../apimachinery/go-format.ts'
import { isDeadlineExceeded } from '../../grpc/errors.ts'
import type { RuntimeService } from '../cri/types.ts'
import { probePort } from './probe-port.ts'
import type { Probers } from './probers.ts'

const OUTPUT_BYTES_MAX = 10 * 1024
const USER_AGENT = 'kube-probe/1.36'

/** How a check went. `unknown`: it could not be made, which says nothing about the container. */
export interface ProbeOutcome {
  readonly result: 'success' | 'failure' | 'unknown'
  /** For the Pod's events, where it was no success. */
  readonly message: string
}

export interface CheckTarget {
  readonly container: Container
  readonly containerId: string
  readonly podIP: string
}

export interface CheckContext {
  readonly runtime: RuntimeService
  readonly probers: Probers
}

const SUCCESS: ProbeOutcome = { result: 'success', message: '' }

/** Makes one check of a container. Never rejects but with the signal's reason. */
export async function check(
  context: CheckContext,
  probe: Probe,
  target: CheckTarget,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  try {
    return await checkOnce(context, probe, target, signal)
  } catch (error) {
    signal.throwIfAborted()
    return { result: 'unknown', message: (error as Error).message }
  }
}

async function checkOnce(
  context: CheckContext,
  probe: Probe,
  target: CheckTarget,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const timeoutMs = probe.timeoutSeconds * 1000
  const { podIP, container } = target
  if (probe.exec) return checkCommand(context.runtime, probe, target, signal)
  if (probe.httpGet) return checkHttp(context.probers, probe, target)
  if (probe.tcpSocket) {
    const { host, port } = probe.tcpSocket
    const number = probePort(port, container)
    return failing(context.probers.tcp(host || podIP, number, timeoutMs).then(() => SUCCESS))
  }
  if (probe.grpc) {
    const { port, service } = probe.grpc
    const health = await context.probers.grpc(podIP, port, service, timeoutMs)
    if ('error' in health) return failure(health.error)
    return health.status === 'SERVING'
      ? SUCCESS
      : failure(`service unhealthy (responded with ${quote(health.status)})`)
  }
  return SUCCESS
}

async function checkCommand(
  runtime: RuntimeService,
  { exec, timeoutSeconds }: Probe,
  { containerId }: CheckTarget,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const command = exec?.command ?? []
  try {
    const { exitCode, stdout, stderr } = await runtime.execSync(
      containerId,
      command,
      timeoutSeconds,
      { signal },
    )
    if (exitCode === 0) return SUCCESS
    const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)
    return failure(output.slice(0, OUTPUT_BYTES_MAX))
  } catch (error) {
    if (isDeadlineExceeded(error)) return failure(`command ${quote(command.join(' '))} timed out`)
    throw error
  }
}

function checkHttp(
  probers: Probers,
  { httpGet, timeoutSeconds }: Probe,
  { podIP, container }: CheckTarget,
): Promise<ProbeOutcome> {
  const { scheme, host, path, port, httpHeaders = [] } = httpGet!
  const own = httpHeaders.map(({ name, value }) => [name, value] as const)
  const named = new Set(own.map(([name]) => name.toLowerCase()))
  const defaults = (
    [
      ['User-Agent', USER_AGENT],
      ['Accept', '*/*'],
    ] as const
  ).filter(([name]) => !named.has(name.toLowerCase()))
  const request = {
    scheme: scheme === 'HTTPS' ? 'https' : 'http',
    host: host || podIP,
    port: probePort(port, container),
    path,
    // An empty value leaves the header out.
    headers: [...defaults, ...own.filter(([, value]) => value !== '')],
    timeoutMs: timeoutSeconds * 1000,
  } as const
  return failing(
    probers
      .http(request)
      .then(({ status }) =>
        status >= 200 && status < 400
          ? SUCCESS
          : failure(`HTTP probe failed with statuscode: ${status}`),
      ),
  )
}

/** What goes wrong on the way to a container is the container's fault. */
async function failing(asked: Promise<ProbeOutcome>): Promise<ProbeOutcome> {
  try {
    return await asked
  } catch (error) {
    return failure((error as Error).message)
  }
}

function failure(message: string): ProbeOutcome {
  return { result: 'failure', message }
}
