import { readFile } from 'node:fs/promises'
import type { Pod } from '../../src/api/core/v1/pod.ts'
import type { PodDirectory } from '../../src/kubelet/pod-directory.ts'

/** What the newest run of a container has written so far. */
export async function logOf(
  pods: PodDirectory,
  { metadata: { namespace, name } }: Pod,
  container: string,
): Promise<string> {
  const path = pods.find(namespace, name)?.container(container)?.logPath
  const text = path === undefined ? '' : await readFile(path, 'utf8').catch(() => '')
  return text.replaceAll(/^\S+ \S+ \S+ /gm, '')
}
