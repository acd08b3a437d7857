/** What can run out, as conditions of the Node tell it. */
export type Pressure = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure'

/** How a signal is acted upon. */
export interface SignalKind {
  readonly pressure: Pressure
  /** What Pods are told to have used up. */
  readonly resource: 'memory' | 'ephemeral-storage' | 'inodes' | 'pids'
  /** The lower, the sooner it is acted upon: memory runs out fastest. */
  readonly order: number
}

const disk = { pressure: 'DiskPressure', resource: 'ephemeral-storage', order: 1 } as const
const inodes = { pressure: 'DiskPressure', resource: 'inodes', order: 1 } as const

/**
 * What the node watches. See
 * https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#eviction-signals
 */
export const SIGNALS = {
  'memory.available': { pressure: 'MemoryPressure', resource: 'memory', order: 0 },
  'nodefs.available': disk,
  'nodefs.inodesFree': inodes,
  'imagefs.available': disk,
  'imagefs.inodesFree': inodes,
  'containerfs.available': disk,
  'containerfs.inodesFree': inodes,
  'pid.available': { pressure: 'PIDPressure', resource: 'pids', order: 2 },
} as const satisfies Readonly<Record<string, SignalKind>>

export type Signal = keyof typeof SIGNALS

/** What was seen of a signal: bytes, inodes or process numbers. */
export interface Observation {
  readonly available: number
  readonly capacity: number
}

export type Observations = Partial<Readonly<Record<Signal, Observation>>>
