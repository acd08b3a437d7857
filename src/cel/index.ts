/** CEL with Kubernetes' libraries. See docs/cel.md. */
export { compileCel, PER_CALL_LIMIT, RUNTIME_BUDGET } from './compile.ts'
export type { Compiled, Evaluation, Program, Variables } from './compile.ts'
export { celEnvironment } from './environment.ts'
export type { Environment } from './environment.ts'
export * as celTypes from './check/type.ts'
export { typesFromSchema } from './schema/types-from-schema.ts'
export type { JsonSchema } from './schema/json-schema.ts'
export { escapeName } from './schema/escape.ts'
export { BOOL, DOUBLE, DYN, INT, scalar } from './schema/declared-type.ts'
export type { DeclaredType } from './schema/declared-type.ts'
export {
  AUTHORIZER_TYPE,
  STRING,
  TIMESTAMP,
  declareList,
  declareMap,
  declareStruct,
  lazyStruct,
} from './schema/declare.ts'
export { ADMISSION_REQUEST, NAMESPACE } from './schema/admission-types.ts'
export { JSON_PATCH_TYPE, OBJECT_TYPE, misplacedTypes, mutationStructs } from './schema/mutation.ts'
export { toJson } from './schema/json-values.ts'
export { authorizerValue, requestResourceValue } from './library/authorizer.ts'
export type { AuthorizerCheck, AuthorizerDecision } from './library/authorizer.ts'
export { CelError } from './values/value.ts'
export type { Value } from './values/value.ts'
