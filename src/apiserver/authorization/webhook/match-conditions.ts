import { BOOL, celEnvironment, type Program } from '../../../cel/index.ts'
import { declareList, declareMap, declareStruct, STRING } from '../../../cel/schema/declare.ts'
import {
  atField,
  atIndex,
  duplicate,
  required,
  tooMany,
  type FieldError,
} from '../../../schema/field-error.ts'
import { compileExpression } from '../../base/compile-expression.ts'
import type { WebhookMatchCondition } from '../configuration/types.ts'

const CONDITIONS_MAX = 64

const requirement = (name: string) =>
  declareStruct(`kubernetes.${name}SelectorAttributes`, {
    rawSelector: STRING,
    requirements: declareList(
      declareStruct(`kubernetes.${name}SelectorRequirement`, {
        key: STRING,
        operator: STRING,
        values: declareList(STRING),
      }),
    ),
  })

const REQUEST = declareStruct('kubernetes.SubjectAccessReviewSpec', {
  resourceAttributes: declareStruct('kubernetes.ResourceAttributes', {
    namespace: STRING,
    verb: STRING,
    group: STRING,
    version: STRING,
    resource: STRING,
    subresource: STRING,
    name: STRING,
    fieldSelector: requirement('Field'),
    labelSelector: requirement('Label'),
  }),
  nonResourceAttributes: declareStruct('kubernetes.NonResourceAttributes', {
    path: STRING,
    verb: STRING,
  }),
  user: STRING,
  groups: declareList(STRING),
  extra: declareMap(declareList(STRING)),
  uid: STRING,
})

const ENVIRONMENT = celEnvironment({ variables: { request: REQUEST } })

/** Whether a webhook is to be asked, or what kept its conditions from telling. */
export type Matches = (
  review: Readonly<Record<string, unknown>>,
) => boolean | { readonly error: string }

/** Compiles conditions, all of which must hold; what is wrong with them goes to `errors`. */
export function compileMatchConditions(
  conditions: readonly WebhookMatchCondition[],
  path: string,
  errors: FieldError[],
): Matches {
  if (conditions.length > CONDITIONS_MAX) {
    errors.push(tooMany(path, conditions.length, CONDITIONS_MAX))
    return () => false
  }
  const seen = new Set<string>()
  const programs = conditions.flatMap(({ expression = '' }, i) => {
    const at = atField(atIndex(path, i), 'expression')
    const program = compileOne(expression, at, seen, errors)
    return program ? [program] : []
  })
  return (review) => holdAll(programs, withEmptyFields(review))
}

function compileOne(
  expression: string,
  path: string,
  seen: Set<string>,
  errors: FieldError[],
): Program | undefined {
  if (expression.trim() === '') {
    errors.push(required(path))
    return undefined
  }
  if (seen.has(expression)) {
    errors.push(duplicate(path, expression))
    return undefined
  }
  seen.add(expression)
  return compileExpression(expression, ENVIRONMENT, [BOOL.type], path, errors)
}

/** One that does not hold settles it; otherwise one that fails is an error. */
function holdAll(programs: readonly Program[], request: object): ReturnType<Matches> {
  const problems: string[] = []
  for (const program of programs) {
    const result = program.evaluate({ request })
    if (result.ok && result.value !== true) return false
    if (!result.ok)
      problems.push(
        `cel evaluation error: expression '${program.source}' resulted in error: ${result.error}`,
      )
  }
  return problems.length === 0 || { error: problems.join(', ') }
}

// Texts are there for expressions, empty as they may be; `has()` tells a request for a resource from others.
function withEmptyFields(review: Readonly<Record<string, unknown>>): object {
  const { resourceAttributes: resource, nonResourceAttributes: path } = review
  return {
    user: '',
    uid: '',
    groups: [],
    extra: {},
    ...review,
    ...(resource !== undefined && {
      resourceAttributes: { ...NO_RESOURCE, ...(resource as object) },
    }),
    ...(path !== undefined && {
      nonResourceAttributes: { path: '', verb: '', ...(path as object) },
    }),
  }
}

const NO_RESOURCE = {
  namespace: '',
  verb: '',
  group: '',
  version: '',
  resource: '',
  subresource: '',
  name: '',
}
