import type { ResourceClass } from '../../schema/resource.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { Reinvocation } from './reinvocation.ts'

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** What admission looks at: the request after authorisation, with the decoded object. */
export interface AdmissionAttributes {
  readonly operation: AdmissionOperation
  readonly type: ResourceClass
  /** The version in which the request came. Objects are in the stored one. */
  readonly served: ServedKind
  /** Empty where the request is about the object itself. */
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** The object to be stored; undefined for DELETE. For CONNECT, the options. */
  readonly object: Readonly<Record<string, unknown>> | undefined
  /** What is stored now; undefined for CREATE. */
  readonly oldObject: Readonly<Record<string, unknown>> | undefined
  readonly user: UserInfo
  readonly dryRun: boolean
  /** Which plugins are to look again at what others changed after them. */
  readonly reinvocation: Reinvocation
  /** Tells the user something without failing the request. */
  warn(message: string): void
  /** Adds to the audit event of the request. */
  annotate?(key: string, value: string): void
}

/**
 * Looks at writes after authorisation. `admit` may change the object and runs before validation; `validate` may only
 * refuse. Both refuse by throwing a `StatusError`, mostly `forbidden`.
 */
export interface AdmissionPlugin {
  readonly name: string
  readonly operations: readonly AdmissionOperation[]
  /** Answers with the object to go on with: the same, or a changed copy. */
  admit?(
    attributes: AdmissionAttributes,
  ): Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>
  validate?(attributes: AdmissionAttributes): void | Promise<void>
}
