import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'

/** The number of a port that is given by number, or by its name in the container. Throws where it is neither. */
export function probePort(port: number | string, { ports = [] }: AnyContainer): number {
  const number = typeof port === 'number' ? port : numberOf(port, ports)
  if (number > 0 && number < 65_536) return number
  throw new Error(`invalid port number: ${number}`)
}

function numberOf(
  text: string,
  ports: readonly { readonly name?: string; readonly containerPort: number }[],
): number {
  const named = ports.find(({ name }) => name === text)
  if (named) return named.containerPort
  if (/^\d+$/.test(text)) return Number(text)
  throw new Error(`port ${text} not found`)
}
