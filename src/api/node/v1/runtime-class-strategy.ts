import { validateLabels } from '../../../apimachinery/label-validation.ts'
import { duplicate, type FieldError } from '../../../schema/field-error.ts'
import { equal } from '../../../apimachinery/equality.ts'
import { nodeLabelWarning } from '../../core/v1/pod-warnings.ts'
import { validateResourceRequirements } from '../../core/v1/resource-validation.ts'
import { validateTolerations } from '../../core/v1/toleration-validation.ts'
import type { Strategy } from '../../strategy.ts'
import { dnsLabel, eachAt, ifSet, immutable, NONE } from '../../validation/rules.ts'
import type { RuntimeClass, Scheduling } from './runtime-class.ts'

/** The rules of RuntimeClasses (pkg/registry/node/runtimeclass/strategy.go). */
export const runtimeClassStrategy: Strategy<RuntimeClass> = {
  validateCreate: ({ handler, overhead, scheduling }) => [
    ...dnsLabel(handler, 'handler'),
    ...ifSet(overhead, ({ podFixed }) =>
      podFixed ? validateResourceRequirements({ limits: podFixed }, 'overhead') : NONE,
    ),
    ...ifSet(scheduling, (where) => validateScheduling(where, 'scheduling')),
  ],
  validateUpdate: ({ handler }, old) => immutable(handler, old.handler, 'handler'),
  warnings: ({ scheduling }) =>
    Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => {
      const text = nodeLabelWarning(key)
      return text === undefined ? [] : [`scheduling.nodeSelector: ${text}`]
    }),
  allowUnconditionalUpdate: false,
}

function validateScheduling({ nodeSelector, tolerations }: Scheduling, path: string): FieldError[] {
  const at = `${path}.tolerations`
  return [
    ...validateLabels(nodeSelector, `${path}.nodeSelector`),
    ...validateTolerations(tolerations, at),
    ...eachAt(tolerations, at, (toleration, itemPath, i) =>
      tolerations!.findIndex((each) => equal(each, toleration)) < i
        ? [duplicate(itemPath, toleration)]
        : NONE,
    ),
  ]
}
