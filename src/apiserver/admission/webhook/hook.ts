import type { MutatingWebhook } from '../../../api/admissionregistration/v1/mutating-webhook-configuration.ts'
import type { ValidatingWebhook } from '../../../api/admissionregistration/v1/validating-webhook-configuration.ts'
import { forbidden } from '../../../apimachinery/status-error.ts'
import type { ServedKind } from '../../registry/served-kind.ts'
import type { AdmissionEnvironment } from '../environment.ts'
import {
  admissionEnvironment,
  compileConditions,
  type CompiledExpression,
} from '../../../cel/admission/expressions.ts'
import { authorizerVariables, conditionsHold } from '../matching/expressions.ts'
import { matchedKind } from '../matching/matched-kind.ts'
import { requestValue } from '../matching/request-value.ts'
import { namespaceSelected, objectSelected } from '../matching/selectors.ts'
import type { Versions } from '../matching/versions.ts'
import type { AdmissionAttributes } from '../plugin.ts'

/** A webhook of a configuration, with its conditions compiled. */
export interface Hook<W extends ValidatingWebhook | MutatingWebhook = ValidatingWebhook> {
  readonly webhook: W
  readonly configuration: string
  /** Tells it from all others. */
  readonly id: string
  readonly conditions: readonly CompiledExpression[]
}

interface Configuration<W> {
  readonly metadata: { readonly name?: string }
  readonly webhooks?: readonly W[]
}

const ENVIRONMENT = admissionEnvironment({})

/** The webhooks of all configurations, in the order in which they are asked. */
export function hooksOf<W extends ValidatingWebhook | MutatingWebhook>(
  configurations: readonly Configuration<W>[],
): readonly Hook<W>[] {
  return configurations.flatMap(({ metadata: { name = '' }, webhooks = [] }) =>
    webhooks.map((webhook) => ({
      webhook,
      configuration: name,
      id: `${name}/${webhook.name}`,
      conditions: compileConditions(webhook.matchConditions, ENVIRONMENT),
    })),
  )
}

type Json = Readonly<Record<string, unknown>>

/** A request as one webhook is shown it. */
export interface Invocation {
  readonly matched: ServedKind
  readonly object: Json | undefined
  readonly oldObject: Json | undefined
}

/** The request in the form that a webhook wants; undefined where it does not want it. Throws `Forbidden`, `NotFound`. */
export async function invocationOf(
  { webhook, conditions }: Hook<ValidatingWebhook | MutatingWebhook>,
  attributes: AdmissionAttributes,
  env: AdmissionEnvironment,
  versions: Versions,
): Promise<Invocation | undefined> {
  const { rules, matchPolicy, namespaceSelector, objectSelector, failurePolicy } = webhook
  const matched = matchedKind(rules, matchPolicy, attributes, env.registry())
  if (!matched || !objectSelected(objectSelector, attributes)) return undefined
  if (!(await namespaceSelected(namespaceSelector, attributes, env.live))) return undefined
  const invocation = await shown(attributes, matched, versions)
  if (conditions.length === 0) return invocation
  const variables = {
    object: invocation.object ?? null,
    oldObject: invocation.oldObject ?? null,
    request: requestValue(attributes, matched),
    namespaceObject: null,
    ...authorizerVariables(attributes, matched, env.authorizers),
  }
  const holds = await conditionsHold(conditions, variables, env.pause)
  if (typeof holds === 'boolean') return holds ? invocation : undefined
  if (failurePolicy === 'Ignore') return undefined
  throw forbidden(attributes.type, attributes.name, holds.error)
}

/** The objects of a request in the version that a webhook or policy wants. */
export async function shown(
  { served, object, oldObject }: AdmissionAttributes,
  matched: ServedKind,
  versions: Versions,
): Promise<Invocation> {
  return {
    matched,
    object: object && (await versions.show(object, served, matched)),
    oldObject: oldObject && (await versions.show(oldObject, served, matched)),
  }
}
