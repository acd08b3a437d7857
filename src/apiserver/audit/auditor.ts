import { microTimestamp, type Clock } from '../../base/clock.ts'
import type { Status } from '../../apimachinery/status.ts'
import type { AuthorizationAttributes } from '../authorization/authorizer.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import {
  type AuditBackend,
  type AuditEvent,
  type AuditUser,
  isAtLeast,
  type Level,
  type LostEvents,
  type ObjectReference,
  type Stage,
} from './audit-event.ts'
import { type AuditPolicy, type AuditRule, auditRules } from './audit-policy.ts'
import { withoutManagedFields } from './without-managed-fields.ts'

/** What is known of a request when its record begins, beside what rules look at. */
export interface RequestDetails {
  readonly auditId: string
  /** Path and query. */
  readonly uri: string
  readonly sourceIPs: readonly string[]
  readonly userAgent: string
}

/** Records what is asked of the server, as its policy says. */
export interface Auditor extends AsyncDisposable {
  /** Begins the record of a request; undefined where nothing of it is recorded, and nothing more need be known of it. */
  begin(attributes: AuthorizationAttributes, details: () => RequestDetails): AuditRecord | undefined
  /** Records that somebody was not believed to be who they say. */
  refused(attributes: AuthorizationAttributes, details: RequestDetails, status: Status): void
  counts(): AuditCounts
}

/** What there was to record, since the start. */
export interface AuditCounts {
  /** Events that were handed to backends. */
  readonly events: number
  /** Requests, by the level that the policy gives them. */
  readonly levels: ReadonlyMap<Level, number>
  readonly lost: LostEvents
}

/** The record of one request, which it takes along on its way. */
export interface AuditRecord {
  readonly level: Level
  /** Adds a key for whoever reads the log; the first value of a key stays. */
  annotate(key: string, value: string): void
  /** From here on the request is somebody else's. */
  impersonated(user: UserInfo): void
  /** What the request brings. */
  requestObject(object: unknown): void
  /** What it is answered with. */
  responseObject(object: unknown): void
  failed(status: Status): void
  /** The answer has begun, of a request that lasts. */
  responseStarted(code: number): void
  /** The request is over. More than once does no harm. */
  complete(code: number): void
}

export interface AuditorOptions {
  readonly policy: AuditPolicy
  readonly backend: AuditBackend
  readonly clock: Clock
}

export function createAuditor({ policy, backend, clock }: AuditorOptions): Auditor {
  const rules = auditRules(policy)
  const levels = new Map<Level, number>()
  let events = 0
  const counted: EventSink = {
    send(event) {
      events++
      backend.send(event)
    },
  }
  const ruleOf = (attributes: AuthorizationAttributes): AuditRule | undefined => {
    const rule = rules(attributes)
    const { level } = rule ?? { level: 'None' }
    levels.set(level, (levels.get(level) ?? 0) + 1)
    return rule
  }
  return {
    begin(attributes, details) {
      const rule = ruleOf(attributes)
      if (!rule) return undefined
      const record = new RequestRecord({ attributes, ...details() }, rule, counted, clock)
      record.received()
      return record
    },
    refused(attributes, details, status) {
      const rule = ruleOf(attributes)
      if (!rule) return
      const record = new RequestRecord({ attributes, ...details }, rule, counted, clock)
      record.failed(status)
      record.responseStarted(status.code)
    },
    counts: () => ({ events, levels, lost: backend.lost?.() ?? {} }),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  }
}

type EventSink = Pick<AuditBackend, 'send'>

interface AuditedRequest extends RequestDetails {
  readonly attributes: AuthorizationAttributes
}

class RequestRecord implements AuditRecord {
  readonly #request: AuditedRequest
  readonly #rule: AuditRule
  readonly #backend: EventSink
  readonly #clock: Clock
  readonly #receivedAt: string
  #annotations: { [key: string]: string } | undefined
  #impersonated: UserInfo | undefined
  #objectRef: ObjectReference | undefined
  #requestObject: unknown
  #responseObject: unknown
  #failure: Status | undefined
  #isComplete = false

  constructor(request: AuditedRequest, rule: AuditRule, backend: EventSink, clock: Clock) {
    this.#request = request
    this.#rule = rule
    this.#backend = backend
    this.#clock = clock
    this.#receivedAt = microTimestamp(clock)
    this.#objectRef = referenceOf(request.attributes)
  }

  get level(): Level {
    return this.#rule.level
  }

  received(): void {
    this.#send('RequestReceived', undefined, this.#receivedAt)
  }

  annotate(key: string, value: string): void {
    this.#annotations ??= {}
    if (!Object.hasOwn(this.#annotations, key)) this.#annotations[key] = value
  }

  impersonated(user: UserInfo): void {
    this.#impersonated = user
  }

  requestObject(object: unknown): void {
    this.#objectRef &&= withMetadata(this.#objectRef, object)
    if (isAtLeast(this.level, 'Request')) this.#requestObject = this.#shown(object)
  }

  responseObject(object: unknown): void {
    if (this.level === 'RequestResponse') this.#responseObject = this.#shown(object)
  }

  failed(status: Status): void {
    this.#failure = status
    this.responseObject(status)
  }

  responseStarted(code: number): void {
    this.#send('ResponseStarted', code)
  }

  complete(code: number): void {
    if (this.#isComplete) return
    this.#isComplete = true
    this.#send('ResponseComplete', code)
  }

  #shown(object: unknown): unknown {
    return this.#rule.omitManagedFields ? withoutManagedFields(object) : object
  }

  #send(stage: Stage, code?: number, at = microTimestamp(this.#clock)): void {
    if (this.#rule.omitStages.has(stage)) return
    const { attributes, auditId, sourceIPs, uri, userAgent } = this.#request
    this.#backend.send({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: this.level,
      auditID: auditId,
      stage,
      requestURI: uri,
      verb: attributes.verb,
      user: userOf(attributes.user),
      ...(this.#impersonated && { impersonatedUser: userOf(this.#impersonated) }),
      ...(sourceIPs.length > 0 && { sourceIPs }),
      ...(userAgent !== '' && { userAgent }),
      ...(this.#objectRef && { objectRef: this.#objectRef }),
      ...(code !== undefined && { responseStatus: responseStatus(this.#failure, code) }),
      ...(this.#requestObject !== undefined && { requestObject: this.#requestObject }),
      ...(this.#responseObject !== undefined && { responseObject: this.#responseObject }),
      requestReceivedTimestamp: this.#receivedAt,
      stageTimestamp: at,
      ...(this.#annotations && { annotations: { ...this.#annotations } }),
    })
  }
}

function responseStatus(
  failure: Status | undefined,
  code: number,
): NonNullable<AuditEvent['responseStatus']> {
  if (!failure) return { metadata: {}, code }
  const { status, message, reason, details } = failure
  return {
    metadata: {},
    status,
    ...(message !== undefined && { message }),
    ...(reason !== undefined && { reason }),
    ...(details && { details }),
    code,
  }
}

function userOf({ name, uid, groups, extra }: UserInfo): AuditUser {
  return {
    username: name,
    ...(uid && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(extra && Object.keys(extra).length > 0 && { extra }),
  }
}

function referenceOf(attributes: AuthorizationAttributes): ObjectReference | undefined {
  if (attributes.type !== 'resource') return undefined
  const { group, version, resource, namespace, name, subresource } = attributes
  return {
    resource,
    ...(namespace && { namespace }),
    ...(name && { name }),
    ...(group && { apiGroup: group }),
    apiVersion: version,
    ...(subresource && { subresource }),
  }
}

function withMetadata(reference: ObjectReference, object: unknown): ObjectReference {
  const { metadata } = (object ?? {}) as {
    metadata?: { namespace?: string; name?: string; uid?: string; resourceVersion?: string }
  }
  if (!metadata) return reference
  const { resource, namespace, name, uid, apiGroup, apiVersion, resourceVersion, subresource } = {
    ...metadata,
    ...reference,
  }
  return {
    resource,
    ...(namespace && { namespace }),
    ...(name && { name }),
    ...(uid && { uid }),
    ...(apiGroup && { apiGroup }),
    apiVersion,
    ...(resourceVersion && { resourceVersion }),
    ...(subresource && { subresource }),
  }
}
