import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../../apimachinery/names.ts'
import { listOf, ref, string } from '../../../../schema/field.ts'
import {
  atField,
  atIndex,
  duplicate,
  type FieldError,
  invalid,
} from '../../../../schema/field-error.ts'
import { messagesOf } from '../../../../schema/message.ts'
import { decodeConfiguration } from '../../../base/decode-configuration.ts'
import { refuse } from '../../../base/refuse.ts'
import { levelErrors, MODES, NO_POLICY, type Policy, versionErrors } from './policy.ts'
import type { Level } from './standards.ts'

const message = messagesOf('io.k8s.pod-security-admission.admission.api.v1')

export class PodSecurityDefaults extends message('What holds where labels say nothing.', {
  enforce: string(1, 'The level that is enforced.'),
  'enforce-version': string(2, 'Of which version.'),
  audit: string(3, 'The level that is noted in the audit log.'),
  'audit-version': string(4, 'Of which version.'),
  warn: string(5, 'The level that is warned of.'),
  'warn-version': string(6, 'Of which version.'),
}) {}

export class PodSecurityExemptions extends message('Whom the standards do not concern.', {
  usernames: listOf('string', 1, 'Who asks.'),
  namespaces: listOf('string', 2, 'Where the Pods are.'),
  runtimeClasses: listOf('string', 3, 'What runs them.'),
}) {}

export class PodSecurityConfiguration extends message('How Pods are held to the standards.', {
  defaults: ref(PodSecurityDefaults, 1, 'What holds where labels say nothing.'),
  exemptions: ref(PodSecurityExemptions, 2, 'Whom the standards do not concern.'),
}) {}

const KIND = {
  group: 'pod-security.admission.config.k8s.io',
  kind: 'PodSecurityConfiguration',
  versions: ['v1', 'v1beta1', 'v1alpha1'],
}

export interface PodSecuritySettings {
  readonly defaults: Policy
  readonly exemptions: {
    readonly usernames: readonly string[]
    readonly namespaces: readonly string[]
    readonly runtimeClasses: readonly string[]
  }
}

export const DEFAULT_SETTINGS: PodSecuritySettings = {
  defaults: NO_POLICY,
  exemptions: { usernames: [], namespaces: [], runtimeClasses: [] },
}

/** Reads a PodSecurityConfiguration. Throws an Error that names all that is wrong with it. */
export function parsePodSecurity(text: string): PodSecuritySettings {
  const { defaults = {}, exemptions = {} } = decodeConfiguration(
    text,
    PodSecurityConfiguration,
    KIND,
  )
  const given = { ...DEFAULT_SETTINGS.exemptions, ...exemptions }
  const errors = [...defaultErrors(defaults), ...exemptionErrors(given)]
  refuse(errors)
  const standard = (mode: (typeof MODES)[number]) => ({
    level: (defaults[mode] ?? 'privileged') as Level,
    version: defaults[`${mode}-version`] ?? 'latest',
  })
  return {
    defaults: { enforce: standard('enforce'), audit: standard('audit'), warn: standard('warn') },
    exemptions: given,
  }
}

function defaultErrors(defaults: PodSecurityDefaults): readonly FieldError[] {
  return MODES.flatMap((mode) => {
    const [level = 'privileged', version = 'latest'] = [defaults[mode], defaults[`${mode}-version`]]
    return [
      ...levelErrors(atField('defaults', mode), level),
      ...versionErrors(atField('defaults', `${mode}-version`), version),
    ]
  })
}

function exemptionErrors({
  usernames,
  namespaces,
  runtimeClasses,
}: PodSecuritySettings['exemptions']): readonly FieldError[] {
  return [
    ...namesErrors('exemptions.namespaces', namespaces, dns1123LabelProblems),
    ...namesErrors('exemptions.usernames', usernames, (name) =>
      name === '' ? ['username must not be empty'] : [],
    ),
    ...namesErrors('exemptions.runtimeClasses', runtimeClasses, dns1123SubdomainProblems),
  ]
}

function namesErrors(
  path: string,
  names: readonly string[],
  problemsOf: (name: string) => readonly string[],
): readonly FieldError[] {
  return names.flatMap((name, i) => {
    const problems = problemsOf(name)
    if (problems.length > 0) return [invalid(atIndex(path, i), name, problems.join(', '))]
    return names.indexOf(name) < i ? [duplicate(atIndex(path, i), name)] : []
  })
}
