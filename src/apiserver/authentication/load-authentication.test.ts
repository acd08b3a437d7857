import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/random.ts'
import { encodeYaml } from '../../apimachinery/yaml.ts'
import { testDirectory, testWebhook } from '../webhook-client/testing.node.ts'
import { loadAuthentication, type AuthenticationFlags } from './load-authentication.node.ts'
import { testIssuer } from './oidc/testing.node.ts'
import { union } from './union.ts'
import { reloads } from '../metrics/reload-metrics.ts'

/** Loads for the length of a test, and tells what is logged. */
async function load(t: TestContext, flags: AuthenticationFlags) {
  let tell = Promise.withResolvers<string>()
  const said = (message: string): void => {
    tell.resolve(message)
    tell = Promise.withResolvers()
  }
  const logger = { ...silentLogger, info: said, error: said }
  const { note, counts } = reloads(systemClock)
  const loaded = await loadAuthentication(flags, {
    clock: systemClock,
    crypto: nodeCrypto(),
    random: seededRandom(1),
    logger,
    issuers: ['https://own'],
    apiAudiences: ['https://own'],
    onReload: note,
  })
  t.after(() => loaded[Symbol.dispose]())
  const authenticate = union(loaded.authenticators)
  return {
    ...loaded,
    counts,
    ask: (bearerToken: string) => authenticate({ bearerToken }),
    next: () => tell.promise,
  }
}

test('a webhook judges tokens, and is asked once', async (t) => {
  const webhook = await testWebhook(t)
  const user = { username: 'jane', uid: '7', groups: ['dev'], extra: { scopes: ['a'] } }
  webhook.answer = ({ spec }) =>
    (spec as { token: string }).token === 'good'
      ? { authenticated: true, user }
      : { authenticated: false, error: 'go away' }
  const flags = { configFile: webhook.kubeconfig, version: 'v1', cacheMs: 60_000 } as const
  const { ask } = await load(t, { tokenWebhook: flags })
  const expected = {
    user: { name: 'jane', uid: '7', groups: ['dev'], extra: { scopes: ['a'] } },
    audiences: ['https://own'],
  }
  assert.deepEqual(await ask('good'), expected)
  assert.deepEqual(await ask('good'), expected)
  assert.deepEqual(await ask('bad'), { failure: 'go away' })
  assert.deepEqual(webhook.reviews[0], {
    kind: 'TokenReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { creationTimestamp: null },
    spec: { token: 'good', audiences: ['https://own'] },
  })
  assert.equal(webhook.reviews.length, 2)
})

test('a webhook that sends us elsewhere is not followed', async (t) => {
  const webhook = await testWebhook(t)
  webhook.answer = () => 302
  const flags = { configFile: webhook.kubeconfig, version: 'v1', cacheMs: 60_000 } as const
  const { ask } = await load(t, { tokenWebhook: flags })
  assert.deepEqual(await ask('good'), { failure: 'the webhook answered with status 302' })
})

test('a webhook whose answer is for others lets nobody in', async (t) => {
  const webhook = await testWebhook(t)
  webhook.answer = () => ({ authenticated: true, user: { username: 'j' }, audiences: ['vault'] })
  const flags = { configFile: webhook.kubeconfig, version: 'v1', cacheMs: 60_000 } as const
  assert.equal(await (await load(t, { tokenWebhook: flags })).ask('good'), undefined)
})

test('a configuration is followed; one that cannot be used changes nothing', async (t) => {
  const [one, two] = [await testIssuer(t), await testIssuer(t)]
  const file = join(await testDirectory(t), 'authentication.yaml')
  const write = async (jwt: readonly object[], anonymous?: object): Promise<void> => {
    const head = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' }
    await writeFile(`${file}.new`, encodeYaml({ ...head, jwt, ...(anonymous && { anonymous }) }))
    await rename(`${file}.new`, file)
  }
  const entry = ({ url, ca }: typeof one): object => ({
    issuer: { url, audiences: ['kubernetes'], certificateAuthority: ca },
    claimMappings: { username: { claim: 'sub', prefix: '' } },
  })
  await write([entry(one)])
  const { ask, next, allowsAnonymous, counts } = await load(t, { authenticationConfig: file })
  assert.ok(await ask(await one.token()))
  assert.equal(await ask(await two.token()), undefined)
  assert.equal(allowsAnonymous('/livez'), true)

  let logged = next()
  await write([entry(two)], { enabled: false })
  assert.match(await logged, /has been reloaded/)
  assert.equal(await ask(await one.token()), undefined)
  assert.ok(await ask(await two.token()))
  assert.equal(allowsAnonymous('/livez'), false)

  logged = next()
  await write([{ ...entry(two), issuer: { url: 'http://insecure' } }])
  assert.match(await logged, /the last one stays in force/)
  assert.ok(await ask(await two.token()))
  assert.deepEqual([counts.success.total, counts.failure.total], [1, 1])
})

test('several issuers stand side by side, each for its own audience and by its own rules', async (t) => {
  const [one, two] = [await testIssuer(t), await testIssuer(t)]
  const entry = ({ url, ca }: typeof one, audience: string, more: object = {}): object => ({
    issuer: { url, audiences: [audience], certificateAuthority: ca },
    claimMappings: { username: { expression: `'${audience}:' + claims.sub` } },
    ...more,
  })
  const file = join(await testDirectory(t), 'authentication.yaml')
  const rule = { expression: "'ops' in claims.groups", message: 'operators alone' }
  const jwt = [entry(one, 'first'), entry(two, 'second', { claimValidationRules: [rule] })]
  const head = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' }
  await writeFile(file, encodeYaml({ ...head, jwt }))
  const { ask } = await load(t, { authenticationConfig: file })
  const nameOf = async (token: string): Promise<string> => {
    const answer = await ask(token)
    if (!answer) return ''
    return 'user' in answer ? answer.user.name : answer.failure
  }
  assert.equal(await nameOf(await one.token({ aud: 'first' })), 'first:jane')
  const groups = { groups: ['ops'] }
  assert.equal(await nameOf(await two.token({ aud: 'second', ...groups })), 'second:jane')
  assert.match(await nameOf(await two.token({ aud: 'second', groups: [] })), /operators alone/)
  assert.match(await nameOf(await two.token({ aud: 'first', ...groups })), /audience/)
})

test('flags that contradict each other are refused', async (t) => {
  const file = join(await testDirectory(t), 'a.yaml')
  const text = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' }
  await writeFile(file, encodeYaml({ ...text, anonymous: { enabled: true } }))
  const oidc = { issuerUrl: 'https://a', clientId: 'c' }
  await assert.rejects(load(t, { authenticationConfig: file, oidc }), /mutually exclusive/)
  await assert.rejects(
    load(t, { authenticationConfig: file, anonymousAuth: true }),
    /--anonymous-auth flag cannot be set/,
  )
  const own = { issuerUrl: 'https://own', clientId: 'c' }
  await assert.rejects(load(t, { oidc: own }), /must not overlap with disallowed issuers/)
  await assert.rejects(load(t, { oidc: { ...oidc, signingAlgs: ['RS256', 'HS256'] } }), {
    message: 'oidc: unsupported signing alg: "HS256"',
  })
})

test('the flags of old describe an issuer', async (t) => {
  const issuer = await testIssuer(t)
  const caFile = join(await testDirectory(t), 'ca.crt')
  await writeFile(caFile, issuer.ca)
  const oidc = { issuerUrl: issuer.url, clientId: 'kubernetes', groupsClaim: 'g', caFile }
  const { ask, authenticators } = await load(t, { oidc })
  const bearerToken = await issuer.token({ g: ['a'] })
  assert.deepEqual(await ask(bearerToken), {
    user: { name: `${issuer.url}#jane`, groups: ['a'] },
    audiences: ['https://own'],
  })
  const [authenticate] = authenticators
  assert.equal(await authenticate!({ bearerToken, audiences: ['vault'] }), undefined)
  await issuer.rotate('ES256')
  const answer = await ask(await issuer.token())
  assert.match((answer as { readonly failure: string }).failure, /unsupported algorithm/)
})
