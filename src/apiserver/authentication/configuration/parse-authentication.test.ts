import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeYaml } from '../../../apimachinery/yaml.ts'
import { jwtFromFlags } from './oidc-flags.ts'
import { parseAuthentication } from './parse-authentication.ts'

const HEAD = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' }
const USERNAME = { username: { claim: 'sub', prefix: '' } }
const ISSUER = { url: 'https://a', audiences: ['x'] }

/** All that is wrong, each on its own line. */
function wrong(fields: object, disallowed: readonly string[] = []): readonly string[] {
  try {
    parseAuthentication(encodeYaml({ ...HEAD, ...fields }), disallowed)
  } catch (error) {
    return (error as Error).message.replace(/^\[(.*)\]$/s, '$1').split(/, (?=jwt\[|anonymous)/)
  }
  return []
}

function wrongJwt(jwt: object): readonly string[] {
  return wrong({ jwt: [{ issuer: ISSUER, claimMappings: USERNAME, ...jwt }] })
}

test('parseAuthentication() takes nothing at all, and paths for nobody', () => {
  assert.deepEqual(parseAuthentication(encodeYaml(HEAD), []), { jwt: [], anonymous: undefined })
  const anonymous = { enabled: true, conditions: [{ path: '/livez' }] }
  assert.deepEqual(parseAuthentication(encodeYaml({ ...HEAD, anonymous }), []).anonymous, {
    enabled: true,
    paths: ['/livez'],
  })
  assert.deepEqual(wrong({ anonymous: { enabled: false, conditions: [{ path: '/' }] } }), [
    'anonymous.conditions: Invalid value: [{"path":"/"}]: enabled should be set to true when conditions are defined',
  ])
})

test('parseAuthentication() refuses what is unknown or no such configuration', () => {
  assert.deepEqual(wrong({ jwtt: [] }), ['strict decoding error: unknown field "jwtt"'])
  assert.deepEqual(wrong({ apiVersion: 'v1' }), [
    'no kind "AuthenticationConfiguration" is registered for version "v1"',
  ])
})

test('parseAuthentication() names all that is wrong with an issuer at once', () => {
  const issuer = {
    url: 'http://u:p@a/?q#f',
    discoveryURL: 'http://u:p@a/?q#f',
    audiences: ['', 'x', 'x'],
    certificateAuthority: 'none',
    egressSelectorType: 'etcd',
  }
  assert.deepEqual(
    wrongJwt({ issuer }).map((each) => each.replace('jwt[0].issuer.', '')),
    [
      ...['url', 'discoveryURL'].flatMap((field) => [
        ...(field === 'url'
          ? []
          : [
              'discoveryURL: Invalid value: "http://u:p@a/?q#f": discoveryURL must be different from URL',
            ]),
        `${field}: Invalid value: "http://u:p@a/?q#f": URL scheme must be https`,
        `${field}: Invalid value: "http://u:p@a/?q#f": URL must not contain a username or password`,
        `${field}: Invalid value: "http://u:p@a/?q#f": URL must not contain a query`,
        `${field}: Invalid value: "http://u:p@a/?q#f": URL must not contain a fragment`,
      ]),
      'audiences[0]: Required value',
      'audiences[2]: Duplicate value: "x"',
      'audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences',
      'certificateAuthority: Invalid value: "<omitted>": data does not contain any valid RSA or ECDSA certificates',
      'egressSelectorType: Invalid value: "etcd": egress selector must be either controlplane or cluster',
    ],
  )
  assert.deepEqual(wrong({ jwt: [{ issuer: ISSUER, claimMappings: USERNAME }] }, ['https://a']), [
    'jwt[0].issuer.url: Invalid value: "https://a": URL must not overlap with disallowed issuers: [https://a]',
  ])
  const twice = { issuer: ISSUER, claimMappings: USERNAME }
  assert.deepEqual(wrong({ jwt: [twice, twice] }), [
    'jwt[1].issuer.url: Duplicate value: "https://a"',
  ])
})

const MAPPINGS: readonly (readonly [object, readonly string[]])[] = [
  [{}, ['username: Required value: claim or expression is required']],
  [
    { username: { claim: 'a', expression: 'b' } },
    [`username: Invalid value: "": claim and expression can't both be set`],
  ],
  [
    { username: { claim: 'a' } },
    [
      'username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    ],
  ],
  [
    { username: { expression: 'claims.email' } },
    [
      'username.expression: Invalid value: "claims.email": claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
    ],
  ],
  [{ username: { expression: "claims.email_verified ? claims.email : ''" } }, []],
  [
    { ...USERNAME, extra: [{ key: 'a.k8s.io/x', valueExpression: "''" }, { key: 'Foo' }] },
    [
      'extra[0].key: Invalid value: "a.k8s.io/x": k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use',
      'extra[1].key: Invalid value: "Foo": must be a domain-prefixed path (such as "acme.io/foo")',
      'extra[1].key: Invalid value: "Foo": must be lowercase',
      'extra[1].valueExpression: Required value',
    ],
  ],
]

for (const [claimMappings, expected] of MAPPINGS) {
  test(`parseAuthentication() judges mappings: ${JSON.stringify(claimMappings)}`, () => {
    assert.deepEqual(
      wrongJwt({ claimMappings }).map((each) => each.replace('jwt[0].claimMappings.', '')),
      expected,
    )
  })
}

test('parseAuthentication() judges rules', () => {
  const claimValidationRules = [
    {},
    { claim: 'a', expression: 'true' },
    { claim: 'a', message: 'm' },
    { expression: 'claims.x', requiredValue: 'v' },
    { expression: "'a'" },
    { expression: 'true' },
    { expression: 'true' },
  ]
  const userValidationRules = [{}, { expression: 'user.name == "x"' }]
  const found = wrongJwt({ claimValidationRules, userValidationRules })
  assert.deepEqual(
    found.map((each) => each.slice(0, each.indexOf(':'))),
    [
      'jwt[0].claimValidationRules[0]',
      'jwt[0].claimValidationRules[1]',
      'jwt[0].claimValidationRules[2].message',
      'jwt[0].claimValidationRules[3].requiredValue',
      'jwt[0].claimValidationRules[3].expression',
      'jwt[0].claimValidationRules[4].expression',
      'jwt[0].claimValidationRules[6].expression',
      'jwt[0].userValidationRules[0].expression',
      'jwt[0].userValidationRules[1].expression',
    ],
  )
  assert.match(found.at(-1)!, /compilation failed: .*undefined field 'name'/s)
})

test('jwtFromFlags() reads the flags of old', () => {
  const jwt = jwtFromFlags({
    issuerUrl: 'https://a',
    clientId: 'c',
    groupsClaim: 'g',
    requiredClaim: 'x=1,y=2=3',
  })
  assert.deepEqual(jwt.claimMappings, {
    username: { claim: 'sub', prefix: 'https://a#' },
    groups: { claim: 'g', prefix: '' },
    uid: {},
  })
  assert.deepEqual(jwt.claimValidationRules, [
    { claim: 'x', requiredValue: '1' },
    { claim: 'y', requiredValue: '2=3' },
  ])
  const email = { issuerUrl: 'https://a', clientId: 'c', usernameClaim: 'email' }
  assert.equal(jwtFromFlags(email).claimMappings.username.prefix, '')
  assert.throws(() => jwtFromFlags({ issuerUrl: 'https://a' }), /must be specified together/)
  assert.throws(() => jwtFromFlags({ ...email, requiredClaim: 'x' }), /key=value/)
})
