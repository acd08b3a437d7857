import type { ClusterFlags } from './flags/flags.node.ts'

/** What a process of the cluster tells its supervisor, and the supervisor the `up` command that waits for it. */
export type ProgressMessage =
  /** A step of the start is done: how long it took, and how long after the start of its process it was done. */
  | { readonly type: 'step'; readonly name: string; readonly ms: number; readonly atMs: number }
  /** Something the user should know, in one line. */
  | { readonly type: 'notice'; readonly text: string }
  /** The process does its work from now on. */
  | {
      readonly type: 'ready'
      readonly server?: string
      readonly listen?: string
      /** When the certificates want to be renewed, in milliseconds since the Unix epoch. */
      readonly renewAtMs?: number
    }
  /** The start failed for a reason that the user can mend. */
  | { readonly type: 'failed'; readonly sentence: string }

/** What a process of the cluster is told first. */
export interface StartMessage {
  readonly dataDir: string
  readonly flags: ClusterFlags
  readonly node: 'containerd' | 'simulated' | 'none'
}

/** What it is told when certificates have been renewed: their files, since it may no longer be allowed to read them. */
export interface CertificatesMessage {
  readonly type: 'certificates'
  readonly files: readonly (readonly [name: string, text: string])[]
}
