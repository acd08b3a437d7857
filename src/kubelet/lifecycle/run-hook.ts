import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import type { LifecycleHandler } from '../../api/core/v1/probe.ts'
import { sleep, type Clock } from '../../base/clock.ts'
import type { RuntimeService } from '../cri/types.ts'
import type { Probers } from '../probes/probers.ts'
import { probePort } from '../probes/probe-port.ts'

export interface HookContext {
  readonly runtime: RuntimeService
  readonly probers: Probers
  readonly clock: Clock
}

export interface HookTarget {
  readonly container: AnyContainer
  readonly containerId: string
  readonly podIP: string
}

/** Runs a postStart or preStop hook to its end. Rejects with what went wrong, in upstream's words. */
export async function runHook(
  { runtime, probers, clock }: HookContext,
  { exec, httpGet, tcpSocket, sleep: pause }: LifecycleHandler,
  { container, containerId, podIP }: HookTarget,
  signal: AbortSignal,
): Promise<void> {
  if (exec) return runCommand(runtime, exec.command ?? [], containerId, signal)
  if (httpGet) {
    await probers.http({
      scheme: httpGet.scheme === 'HTTPS' ? 'https' : 'http',
      host: httpGet.host || podIP,
      port: probePort(httpGet.port, container),
      path: httpGet.path,
      headers: (httpGet.httpHeaders ?? []).map(({ name, value }) => [name, value] as const),
      timeoutMs: 2 ** 31 - 1,
    })
    return
  }
  if (pause) return sleep(clock, pause.seconds * 1000, { signal })
  if (tcpSocket) throw new Error('invalid handler: tcpSocket is not supported')
}

async function runCommand(
  runtime: RuntimeService,
  command: readonly string[],
  containerId: string,
  signal: AbortSignal,
): Promise<void> {
  const { exitCode, stdout, stderr } = await runtime.execSync(containerId, command, 0, { signal })
  if (exitCode === 0) return
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)
  throw new Error(`command '${command.join(' ')}' exited with ${exitCode}: ${output}`)
}
