/** One action of a recording: kwok's ResourcePatch (action.kwok.x-k8s.io/v1alpha1). */
export interface Action {
  readonly apiVersion: typeof ACTION_VERSION
  readonly kind: 'ResourcePatch'
  readonly resource: {
    readonly group?: string
    readonly version: string
    readonly resource: string
  }
  readonly target: { readonly name: string; readonly namespace?: string }
  /** How long after the start of the recording. */
  readonly durationNanosecond: number
  readonly method: 'create' | 'patch' | 'delete'
  /** The object, or the patch. */
  readonly template?: unknown
  /** How to read the patch; strategic where absent, as kwok's are. */
  readonly patchType?: 'merge'
}

export const ACTION_VERSION = 'action.kwok.x-k8s.io/v1alpha1'
