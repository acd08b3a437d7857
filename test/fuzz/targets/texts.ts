import {
  formatFieldSelector,
  parseFieldSelector,
  type FieldSelector,
} from '../../../src/apimachinery/fields.ts'
import { parseDuration } from '../../../src/apimachinery/durations.ts'
import { equal } from '../../../src/apimachinery/equality.ts'
import { parseSelector } from '../../../src/apimachinery/label-selector-parser.ts'
import { formatSelector, matches } from '../../../src/apimachinery/labels.ts'
import { ParseError } from '../../../src/apimachinery/parse-error.ts'
import {
  compileJsonPath,
  JsonPathError,
} from '../../../src/apiserver/apiextensions/kind/json-path.ts'
import {
  ENCODINGS,
  negotiate,
  negotiateWatch,
  type Offer,
} from '../../../src/apiserver/http/negotiate.ts'
import { requestInfo } from '../../../src/apiserver/http/request-info.ts'
import { decodeContinue } from '../../../src/apiserver/registry/continue-token.ts'
import { celEnvironment, compileCel } from '../../../src/cel/index.ts'
import { parseJwt } from '../../../src/pki/jwt.ts'
import { formatQuantity, parseQuantity } from '../../../src/schema/quantity.ts'
import { splitTarget } from '../../../src/serving/exchange.ts'
import { portForwardPorts, remoteCommandOptions } from '../../../src/streams/options.ts'
import { resizeDecoder } from '../../../src/streams/resize.ts'
import { bytesOf, isClientError, only, textOf, type Target } from '../target.ts'
import { POD } from './samples.ts'

interface TextTarget extends Omit<Target, 'seeds' | 'read' | 'isRefusal'> {
  readonly seeds: readonly string[]
  readonly read: (text: string) => unknown
  readonly isRefusal?: (error: unknown) => boolean
}

function text({ seeds, read, isRefusal = () => false, ...target }: TextTarget): Target {
  return {
    ...target,
    seeds: seeds.map(bytesOf),
    read: (bytes) => read(textOf(bytes)),
    isRefusal,
  }
}

/** What is written again must be read as the same. */
function checkSame(first: unknown, second: unknown): void {
  if (!equal(first, second)) throw new Error(`read as something else: ${JSON.stringify(second)}`)
}

const LABELS = { app: 'a', 'x.io/b': 'c', constructor: 'd' }

const labelSelectors = text({
  name: 'label selectors',
  seeds: ['a=b', 'a in (b,c),x.io/d notin (e)', '!f,g', 'h>1,i<2', 'j!=k,l==m'],
  tokens: [' in ', ' notin ', '(', ')', ',', '==', '!=', '!', '>', '<', '__proto__', 'toString'],
  read(input) {
    const selector = parseSelector(input)
    checkSame(selector, parseSelector(formatSelector(selector)))
    matches(selector, LABELS)
    return selector
  },
  isRefusal: only(ParseError),
})

function termsOf({ requirements }: FieldSelector): readonly string[] {
  return requirements.map((each) => JSON.stringify(each)).toSorted()
}

const fieldSelectors = text({
  name: 'field selectors',
  seeds: ['metadata.name=a', 'status.phase!=Running,spec.nodeName==b', 'a=b\\,c\\=d\\\\'],
  tokens: ['\\,', '\\\\', '\\', '=', '==', '!=', ',', 'metadata.name'],
  read(input) {
    const selector = parseFieldSelector(input)
    // In any order: they are sorted as they are written, and `==` is written `=`.
    checkSame(termsOf(selector), termsOf(parseFieldSelector(formatFieldSelector(selector))))
    return selector
  },
  isRefusal: only(ParseError),
})

const quantities = text({
  name: 'quantities',
  seeds: ['1', '100m', '1.5Gi', '-2e3', '.5', '12345678901234567890n', '1E', '5u', '9Ei'],
  tokens: ['e', 'E', '+', '-', '.', 'Ki', 'm', '0000', '999', '1e-999'],
  read(input) {
    const quantity = parseQuantity(input)
    if (!quantity) return undefined
    const again = parseQuantity(formatQuantity(quantity))
    if (again?.nano !== quantity.nano)
      throw new Error(`not written exactly: ${formatQuantity(quantity)}`)
    return quantity
  },
})

const durations = text({
  name: 'durations',
  seeds: ['1h30m0.5s', '-10ms', '0', '1µs2ns'],
  tokens: ['h', 'ms', 'µs', '.', '+', '-', '99999999999999999999'],
  read: parseDuration,
  isRefusal: only(ParseError),
})

const CEL = celEnvironment({ variables: {} })
const CEL_COST_MAX = 10_000

const cel = text({
  name: 'CEL expressions',
  bytesMax: 300,
  seeds: [
    '1 + 2 * 3 == 7 && !false || "a" in ["a", "b"]',
    '[1, 2, 3].map(x, x * 2).exists(y, y > 4) ? {"a": 1}.a : size("abc")',
    '"a-b".matches("^[a-z]+-(b|c)$") && "x".replace("x", "y").split("").size() == 1',
    'quantity("1Gi").isGreaterThan(quantity("1Mi")) && url("https://a/b").getHost() == "a"',
    'timestamp("2026-01-01T00:00:00Z") + duration("1h") > timestamp("2025-01-01T00:00:00Z")',
    'cidr("10.0.0.0/8").containsIP(ip("10.1.2.3")) && semver("1.2.3").major() == 1',
    "b\"\\x00\\377\" + bytes(\"é\") != b'''x''' && 0x1fu > 2u && 1.5e3 < 2.0",
    'optional.of([1]).hasValue() && {"a": [1]}[?"b"].orValue([2]).all(i, i == 2)',
    'format.named("dns1123Label").hasValue() && "%s-%d".format(["a", 1]) == "a-1"',
  ],
  tokens: [
    '.map(x, ',
    '.filter(x, ',
    '.all(x, x',
    '[',
    ']',
    '{',
    '?',
    ' : ',
    ' && ',
    '-',
    '!',
    'r"',
    '"""',
    '\\u',
    '\\x',
    'has(',
    'dyn(',
    '__proto__',
    'constructor',
    '.matches("(a+)+$")',
    '9223372036854775807',
    '<<',
  ],
  read(input) {
    const compiled = compileCel(input, CEL)
    if (!compiled.ok) return compiled.message
    compiled.program.estimateCost()
    const evaluation = compiled.program.evaluate({}, { costLimit: CEL_COST_MAX })
    return evaluation.ok ? evaluation.value : evaluation.error
  },
})

const jsonPaths = text({
  name: 'JSON paths of columns',
  seeds: [
    '.spec.containers[0].name',
    '.spec.containers[?(@.name=="c")].image',
    '..name',
    ".metadata['labels','annotations']",
    '.spec.volumes[*]..sizeLimit',
    '.spec.containers[-1:0:1].args[?(@ != "x")]',
  ],
  tokens: [
    '..',
    '[*]',
    '.*',
    '[?(',
    ')]',
    '@.',
    '==',
    '\\',
    "'",
    '"',
    '[0:',
    ':-1',
    '007',
    '-',
    '__proto__',
    'constructor',
  ],
  read: (path) => compileJsonPath(path)(POD),
  isRefusal: only(JsonPathError),
})

/** HTTP/2 lets through whatever a client calls a method. */
const METHODS = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'HEAD',
  '__proto__',
  'toString',
]

const urls = text({
  name: 'URLs',
  seeds: [
    '/api/v1/namespaces/default/pods/a/log?container=c&limitBytes=10',
    '/apis/apps/v1/watch/namespaces/a/deployments?labelSelector=a%3Db&resourceVersion=1',
    '/api/v1/nodes/n/proxy/a//b/%2F?x=%2e%2e',
    '/apis/x.io/v1/as?fieldSelector=metadata.name%3Da&limit=5&continue=abc&watch=true',
    '/api/v1/namespaces/a/finalize?dryRun=All&fieldManager=m&force=1&pretty',
    '/healthz/ping?verbose',
  ],
  tokens: [
    '//',
    '/../',
    '%2e%2e',
    '%2F',
    '%00',
    '%',
    '?',
    '&',
    '=',
    ';',
    '+',
    'watch/',
    'namespaces/',
    '/api/v1/',
    '__proto__=1',
    'constructor',
    'limit=',
  ],
  read(target) {
    const { path, query } = splitTarget(target)
    const found = METHODS.map((method) => requestInfo(method, path, query))
    for (const info of found) {
      const verb: unknown = info.type === 'resource' ? info.request.verb : info.verb
      if (typeof verb !== 'string') throw new Error(`no verb: ${String(verb)}`)
    }
    remoteCommandOptions(new URLSearchParams(query))
    portForwardPorts(new URLSearchParams(query))
    return found
  },
  isRefusal: isClientError,
})

const OFFER: Offer = { encodings: [...ENCODINGS, 'cbor'], mayTransform: true }

const acceptHeaders = text({
  name: 'Accept headers',
  seeds: [
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
    'application/vnd.kubernetes.protobuf, */*;q=0.5',
    'text/*;q=0.1,application/cbor',
    'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1;stream=watch',
  ],
  tokens: [
    ';',
    ',',
    'q=',
    '*/*',
    ';as=Table',
    ';as=constructor',
    ';v=v1',
    ';g=meta.k8s.io',
    '=',
    '/',
    'q=1e999',
    'application/yaml',
  ],
  read(accept) {
    const outputs = [negotiate(accept, OFFER), negotiateWatch(accept, OFFER)]
    for (const { as } of outputs) {
      if (!['object', 'table', 'metadata', 'metadataList'].includes(as))
        throw new Error(`no form: ${as}`)
    }
    return outputs
  },
  isRefusal: isClientError,
})

const JWT = [{ alg: 'RS256', kid: 'a' }, { iss: 'b', sub: 'c', exp: 1 }, 'signature']
  .map((part) =>
    bytesOf(JSON.stringify(part)).toBase64({ alphabet: 'base64url', omitPadding: true }),
  )
  .join('.')

const bearerTokens = text({
  name: 'bearer tokens',
  seeds: [JWT, 'a.b.c'],
  tokens: ['.', '=', '-', '_', 'e30', 'bnVsbA', '..'],
  read: parseJwt,
})

const continueTokens: Target = {
  name: 'continue tokens',
  seeds: ['{"v":"meta.k8s.io/v1","rv":5,"start":"default/a\\u0000"}'].map(bytesOf),
  tokens: ['../', '/', '"rv":', '"start":', '-1', '1.5', '1e99', 'null', '[]'],
  read(bytes) {
    const token = bytes.length % 8 === 0 ? textOf(bytes) : bytes.toBase64({ alphabet: 'base64url' })
    const { after, revision } = decodeContinue(token, '/registry/pods/')
    if (!after.startsWith('/registry/pods/') || /(?:^|\/)\.\.?(?:\/|$)/.test(after)) {
      throw new Error(`leaves its prefix: ${after}`)
    }
    if (!Number.isSafeInteger(revision)) throw new Error(`no revision: ${revision}`)
    return after
  },
  isRefusal: isClientError,
}

const resizes = text({
  name: 'terminal sizes',
  seeds: ['{"Width":80,"Height":24}\n', '{"width":1}{"HEIGHT":2}'],
  tokens: ['}', '{', '"Width":', '65536', '-1', '__proto__', 'null}'],
  read: (input) => resizeDecoder()(input),
})

export const TEXTS: readonly Target[] = [
  labelSelectors,
  fieldSelectors,
  quantities,
  durations,
  cel,
  jsonPaths,
  urls,
  acceptHeaders,
  bearerTokens,
  continueTokens,
  resizes,
]
