import type { Pod } from '../../src/api/core/v1/pod.ts'
import type { Input } from '../../src/schema/message.ts'

type PodSpec = NonNullable<Input<Pod>['spec']>
type Container = PodSpec['containers'][number]

interface Extra {
  /** What its shell runs; waits for ever when absent. */
  readonly script?: string
  readonly spec?: Omit<PodSpec, 'containers'>
  readonly container?: Omit<Container, 'name'>
}

/** A Pod of one shell, which ends at once when it is told to. */
export function shellPod(name: string, { script, spec, container }: Extra = {}): Input<Pod> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { ...spec, containers: [shellContainer('main', script, container)] },
  }
}

export function shellContainer(
  name: string,
  script = 'sleep infinity & wait',
  container: Extra['container'] = {},
): Container {
  const command = ['sh', '-c', `trap 'exit 0' TERM\n${script}`]
  return { name, image: 'busybox:1.37', command, ...container }
}
