import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { nodeCrypto } from '../base/crypto.node.ts'
import { systemClock } from '../base/clock.node.ts'
import { kubectl } from '../streams/testing-kubectl.node.ts'
import { discoveryRoutes } from './discovery/routes.ts'
import { httpsTestServer } from './http/testing.node.ts'
import { openApiRoutes } from './openapi/routes.ts'

type Run = (line: string, stdin?: string) => Promise<string>

/** Runs the real kubectl against a real server; gives what it prints, errors included. */
async function start(t: TestContext): Promise<Run> {
  const crypto = nodeCrypto()
  const api = await httpsTestServer(t, {
    authenticators: [
      ({ bearerToken }) =>
        bearerToken === 'secret' ? { user: { name: 'u', groups: ['system:masters'] } } : undefined,
    ],
    routes: (registry) => [
      ...discoveryRoutes(registry, crypto),
      ...openApiRoutes(registry, { crypto, clock: systemClock }),
    ],
  })
  const url = `https://127.0.0.1:${api.port}`
  const program = await kubectl({ url, ca: api.pki.ca.certPem })
  t.after(() => program[Symbol.asyncDispose]())
  return async (line, stdin) => {
    const { stdout, stderr } = await program.run(line.split(' '), stdin ? { stdin } : {})
    return (stdout.toString() + stderr).trim()
  }
}

function configMap(data: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: "${data}"\n`
}

test('kubectl applies, from the client and from the server', async (t) => {
  const run = await start(t)
  assert.equal(await run('apply -f -', configMap('1')), 'configmap/a created')
  assert.equal(await run('apply -f -', configMap('2')), 'configmap/a configured')
  assert.equal(await run('apply -f -', configMap('2')), 'configmap/a unchanged')
  assert.equal(
    await run('apply --server-side -f -', configMap('3')),
    'configmap/a serverside-applied',
  )
  const conflict = await run('apply --server-side --field-manager=o -f -', configMap('4'))
  assert.match(
    conflict,
    /^error: Apply failed with 1 conflict: conflict with "kubectl".*: \.data\.x/,
  )
  assert.equal(await run('get cm a -o jsonpath={.data.x}'), '3')
})

test('kubectl creates, scales, patches and deletes a Deployment', async (t) => {
  const run = await start(t)
  assert.equal(await run('create deployment web --image=nginx:1'), 'deployment.apps/web created')
  assert.equal(await run('scale deploy web --replicas=3'), 'deployment.apps/web scaled')
  assert.equal(await run('set image deploy/web nginx=nginx:2'), 'deployment.apps/web image updated')
  const path = '{.spec.replicas}{.spec.template.spec.containers[0].image}'
  assert.equal(await run(`get deploy web -o jsonpath=${path}`), '3nginx:2')
  assert.equal(await run('expose deploy web --port=80'), 'service/web exposed')
  assert.match(await run('get svc web -o jsonpath={.spec.clusterIP}'), /^10\.96\./)
  assert.match(await run('delete deploy web'), /^deployment.apps "web" deleted/)
})

test('kubectl is told what is wrong, in the words that it knows', async (t) => {
  const run = await start(t)
  assert.equal(
    await run('get cm none'),
    'Error from server (NotFound): configmaps "none" not found',
  )
  const unknown = await run(
    'create --validate=strict -f -',
    configMap('1').replace('\ndata', '\ndat'),
  )
  assert.match(
    unknown,
    /^Error from server \(BadRequest\): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dat"$/,
  )
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: BAD\nspec:\n  containers: []\n'
  const invalid = await run('create -f -', pod)
  assert.match(invalid, /^The Pod "BAD" is invalid: \n\* metadata\.name: Invalid value: "BAD"/)
  assert.match(invalid, /\n\* spec\.containers: Required value$/)
})

test('kubectl explains, asks who it is and what it may', async (t) => {
  const run = await start(t)
  assert.match(
    await run('explain deployment.spec.strategy'),
    /FIELD: strategy <DeploymentStrategy>/,
  )
  assert.match(await run('auth whoami'), /Groups +\[system:masters system:authenticated\]/)
  assert.equal(await run('auth can-i create pods'), 'yes')
})
