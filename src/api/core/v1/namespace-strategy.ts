import { dns1123LabelProblems, qualifiedNameProblems } from '../../../apimachinery/names.ts'
import { invalid, type FieldError } from '../../../schema/field-error.ts'
import { withField, withFields } from '../../change.ts'
import { validateStandardFinalizer } from '../../meta/v1/object-meta-validation.ts'
import { keepField } from '../../preparation.ts'
import type { Strategy } from '../../strategy.ts'
import { eachAt, NONE, problemsAt } from '../../validation/rules.ts'
import type { Namespace } from './namespace.ts'

const NAME_LABEL = 'kubernetes.io/metadata.name'
const FINALIZER = 'kubernetes'

/** The rules of Namespaces (pkg/registry/core/namespace/strategy.go). */
export const namespaceStrategy: Strategy<Namespace> = {
  applyDefaults: withNameLabel,
  canonicalize: withNameLabel,
  prepareForCreate: (namespace) =>
    withFields(namespace, { spec: withFinalizer(namespace.spec), status: { phase: 'Active' } }),
  prepareForUpdate: (namespace, old) => keepField(keepField(namespace, old, 'spec'), old, 'status'),
  validateCreate: ({ spec }) =>
    (spec.finalizers ?? []).flatMap((each) => validateFinalizer(each, 'spec.finalizers')),
  validateUpdate: () => NONE,
  validateName: dns1123LabelProblems,
  status: {
    prepareForUpdate: (namespace, old) => keepField(namespace, old, 'spec'),
    validateUpdate: validatePhase,
  },
  subresources: {
    finalize: {
      prepareForUpdate: (namespace, old) => keepField(namespace, old, 'status'),
      validateUpdate: ({ spec }) => eachAt(spec.finalizers, 'spec.finalizers', validateFinalizer),
    },
  },
  selectableFields: { 'status.phase': ({ status }) => status.phase },
}

/** Every namespace can be selected by its name. */
function withNameLabel(namespace: Namespace): Namespace {
  const { metadata } = namespace
  if (!metadata.name || metadata.labels?.[NAME_LABEL] === metadata.name) return namespace
  const labels = { ...metadata.labels, [NAME_LABEL]: metadata.name }
  return { ...namespace, metadata: { ...metadata, labels } }
}

// It holds the namespace back until all in it is gone.
function withFinalizer(spec: Namespace['spec']): Namespace['spec'] {
  const finalizers = spec.finalizers ?? []
  return finalizers.includes(FINALIZER)
    ? spec
    : withField(spec, 'finalizers', [...finalizers, FINALIZER])
}

function validateFinalizer(finalizer: string, path: string): FieldError[] {
  return [
    ...problemsAt(path, finalizer, qualifiedNameProblems(finalizer)),
    ...validateStandardFinalizer(finalizer, path),
  ]
}

function validatePhase({ metadata, status }: Namespace): FieldError[] {
  const isGoing = metadata.deletionTimestamp !== undefined
  const phase = isGoing ? 'Terminating' : 'Active'
  if (status.phase === phase) return NONE
  const text = `may only be '${phase}' if \`deletionTimestamp\` is ${isGoing ? 'not ' : ''}empty`
  return [invalid('status.Phase', status.phase, text)]
}
