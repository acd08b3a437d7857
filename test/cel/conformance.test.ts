import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { tests as conformance } from '@bufbuild/cel-spec/testdata/conformance.js'
import { celEnvironment, compileCel, scalar } from '../../src/cel/index.ts'
import { formatType } from '../../src/cel/check/type.ts'
import { equal } from '../../src/cel/values/equality.ts'
import type { Case, Suite } from './cases.ts'
import { typeOfCase, valueOfCase } from './cases.ts'

/** Whole sections that Kubernetes' CEL does not have, and why. */
const SECTIONS: readonly (readonly [section: RegExp, reason: string])[] = [
  [
    /^(?:proto2|proto3|proto2_ext|wrappers|enums)\//,
    'objects are JSON, there are no messages of protobuf',
  ],
  [/^dynamic\//, 'wrappers and Any of protobuf'],
  [/^comparisons\/eq_wrapper$/, 'wrappers of protobuf'],
  [/^type_deductions\/wrappers$/, 'wrappers of protobuf'],
  [/^bindings_ext\//, 'Kubernetes does not enable cel.bind()'],
  [/^block_ext\//, 'Kubernetes does not enable cel.block()'],
  [/^encoders_ext\//, 'Kubernetes does not enable base64'],
  [/^math_ext\//, 'Kubernetes does not enable math'],
  [/^network_ext\//, 'Kubernetes has address libraries of its own'],
  [/^namespace\//, 'Kubernetes compiles without a container'],
  [/^fields\/quoted_map_fields$/, 'Kubernetes does not enable names in backticks'],
]

const BAD_PRESENCE = 'Kubernetes does not enable errors for the presence of fields of scalars'

/** Single cases of other sections. */
const CASES: Readonly<Record<string, string>> = {
  'optionals/optionals/map_null_entry_no_such_key': BAD_PRESENCE,
  'optionals/optionals/map_present_key_invalid_field': BAD_PRESENCE,
  'string_ext/value_errors/indexof_out_of_range':
    'an offset beyond the end finds nothing in cel-go',
  'string_ext/value_errors/lastindexof_out_of_range':
    'an offset beyond the end finds nothing in cel-go',
}

/** What the version of `format()` that Kubernetes has writes in another way: exponents, infinities, nested values. */
const FORMAT_V2 =
  /scientific|infinity|NaN support|list support for string|map support|dyntype (?:NaN|support for (?:lists|maps))/

function reasonToSkip(section: string, name: string, { original }: Case): string | undefined {
  const whole = SECTIONS.find(([pattern]) => pattern.test(section))
  if (whole) return whole[1]
  if (original.container !== undefined) return 'messages of protobuf, in a container'
  if (
    /google\.protobuf\.(?!Timestamp$|Duration$|Timestamp\b|Duration\b)|TestAllTypes/.test(
      original.expr,
    )
  ) {
    return 'messages of protobuf'
  }
  if (original.disableCheck) return 'Kubernetes checks the types of every expression'
  const declared = original.typeEnv ?? []
  if (declared.some(({ ident }) => ident === undefined)) return 'functions of the test itself'
  if (JSON.stringify([declared, original.bindings]).includes('essage'))
    return 'messages of protobuf'
  if (section === 'string_ext/format' && FORMAT_V2.test(name)) return 'another version of format()'
  return CASES[`${section}/${name}`]
}

test('the conformance cases of the CEL specification', async (t) => {
  const skipped = new Map<string, number>()
  const wrong: string[] = []
  let passed = 0
  for (const [section, each] of casesOf(conformance, '')) {
    const name = each.original.name ?? each.original.expr
    const reason = reasonToSkip(section, name, each)
    const problem = reason === undefined ? problemOf(each) : undefined
    if (reason !== undefined) skipped.set(reason, (skipped.get(reason) ?? 0) + 1)
    else if (problem === undefined) passed += 1
    else wrong.push(`${section}/${name}: ${each.original.expr}: ${problem}`)
  }
  for (const [reason, count] of skipped) t.diagnostic(`${count} left out: ${reason}`)
  t.diagnostic(`${passed} passed`)
  assert.deepEqual(wrong, [])
  assert.ok(passed > 1000, `only ${passed} passed`)
})

function* casesOf(
  { name, tests = [], suites = [] }: Suite,
  path: string,
): Generator<[string, Case]> {
  const section = path === '' ? name : `${path}/${name}`
  for (const each of tests) yield [section.replace(/^conformance\//, ''), each]
  for (const suite of suites) yield* casesOf(suite, section)
}

/** What went wrong; undefined where the case gives what it should. */
function problemOf({ original }: Case): string | undefined {
  const declared = (original.typeEnv ?? []).map(
    ({ name, ident }) => [name, scalar(typeOfCase(ident!.type))] as const,
  )
  const environment = celEnvironment({
    variables: Object.fromEntries(declared),
    mixedLiterals: true,
  })
  const mustFail = original.evalError !== undefined || original.anyEvalErrors !== undefined
  const compiled = compileCel(original.expr, environment)
  if (!compiled.ok) return mustFail ? undefined : compiled.message
  const { program } = compiled
  const deduced = original.typedResult && formatType(typeOfCase(original.typedResult.deducedType))
  if (deduced !== undefined && deduced !== formatType(program.type)) {
    return `type ${formatType(program.type)} instead of ${deduced}`
  }
  if (original.checkOnly) return undefined
  const bindings = Object.entries(original.bindings ?? {})
  const variables = Object.fromEntries(
    bindings.map(([name, { value }]) => [name, valueOfCase(value)]),
  )
  const result = program.evaluate(variables, { costLimit: 1e9 })
  if (!result.ok) return mustFail ? undefined : result.error
  if (mustFail) return 'no error'
  const wanted = valueOfCase(original.typedResult?.result ?? original.value ?? { boolValue: true })
  const isRight = Number.isNaN(wanted) ? Number.isNaN(result.value) : equal(wanted, result.value)
  return isRight && typeof wanted === typeof result.value ? undefined : 'another value'
}
