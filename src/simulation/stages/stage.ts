/** kwok's Stage (kwok.x-k8s.io/v1alpha1): how objects of a kind go on by themselves. See https://kwok.sigs.k8s.io/docs/user/stages-configuration. */
export interface Stage {
  readonly metadata: { readonly name: string }
  readonly spec: StageSpec
}

export const STAGE_GROUP = 'kwok.x-k8s.io'
export const STAGE_VERSION = 'kwok.x-k8s.io/v1alpha1'

export interface StageSpec {
  readonly resourceRef: {
    /** Such as `apps/v1`; `v1` where absent. */
    readonly apiGroup?: string
    readonly kind: string
  }
  /** Which objects go through this stage; none where absent. */
  readonly selector?: StageSelector
  /** Of several stages that select an object one is taken by chance, with these weights; any where all are 0. */
  readonly weight?: number
  readonly weightFrom?: ValueFrom
  readonly delay?: StageDelay
  readonly next?: StageNext
  /** The newer form of `next`, in order. */
  readonly steps?: readonly StageStep[]
}

export interface StageSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchAnnotations?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly MatchExpression[]
}

/** The first two mean the same. */
export type MatchExpression = Requirement | { readonly jq: Requirement } | { readonly cel: Cel }

/** An expression over `self`, the object. */
export interface Cel {
  readonly expression: string
}

export interface Requirement {
  /** An expression as jq has them. */
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}

/** Where a value is read from in the object; the first two forms mean the same. */
export type ValueFrom =
  | { readonly expressionFrom: string }
  | { readonly jq: { readonly expression: string } }
  | { readonly cel: Cel }

/** The delay is drawn between the two where the second is the larger. */
export interface StageDelay {
  readonly durationMilliseconds?: number
  readonly durationFrom?: ValueFrom
  readonly jitterDurationMilliseconds?: number
  readonly jitterDurationFrom?: ValueFrom
}

export interface StageNext {
  readonly event?: StageEvent
  readonly finalizers?: StageFinalizers
  readonly delete?: boolean
  readonly statusTemplate?: string
  readonly patches?: readonly StagePatch[]
}

export interface StageStep {
  readonly event?: StageEvent
  readonly finalizers?: StageFinalizers
  readonly delete?: boolean | object
  readonly patch?: StagePatch
  readonly apply?: StageApply
}

export interface StageEvent {
  readonly type?: 'Normal' | 'Warning'
  readonly reason?: string
  readonly message?: string
}

export interface StageFinalizers {
  readonly add?: readonly { readonly value: string }[]
  readonly remove?: readonly { readonly value: string }[]
  readonly empty?: boolean
}

export interface StagePatch {
  readonly subresource?: string
  /** The field of the object that the template makes; the whole object where absent. */
  readonly root?: string
  /** `strategic` for Pods and Nodes where absent, `merge` for others. */
  readonly type?: 'json' | 'merge' | 'strategic'
  readonly template: string
}

/** Another object, which is created, or changed where there is one. */
export interface StageApply {
  /** What alone is changed, in an object that must be there. */
  readonly subresource?: string
  /** How an object that is there is changed; `apply` where absent. */
  readonly type?: 'apply' | 'merge' | 'strategic'
  readonly template: string
}
