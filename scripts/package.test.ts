import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { installPackage, type InstalledPackage } from './installed-package.ts'

const run = promisify(execFile)
const TSC = join(import.meta.dirname, '..', 'node_modules', '.bin', 'tsc')

let installed: InstalledPackage
before(async () => {
  installed = await installPackage()
})
after(() => installed[Symbol.asyncDispose]())

// As in docs/embedding.md and docs/operators.md.
const PROGRAM = `
import { writeFile } from 'node:fs/promises'
import { Cluster } from 'trierarch'
import { Deployment } from 'trierarch/api/apps/v1/deployment.ts'
import { controller, isNotFound, startOperator } from 'trierarch/controller'

const yaml = \`
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: example }] }
\`
const key = { namespace: 'default', name: 'web' }

await using cluster = await Cluster.start({ nodes: 3 })
await cluster.apply(yaml)
await cluster.eventually(async () => {
  const { status } = await cluster.client.get(Deployment, key)
  return status.availableReplicas === 3
})

const seen = Promise.withResolvers<string>()
const watcher = controller('watcher', {
  for: Deployment,
  async reconcile({ metadata }) {
    seen.resolve(metadata.name)
  },
})
await writeFile('kubeconfig', await cluster.kubeconfig())
await using _operator = await startOperator({ controllers: [watcher], kubeconfig: 'kubeconfig' })
const name: string = await seen.promise
const other = { ...key, name: 'other' }
const found: unknown = await cluster.client.get(Deployment, other).catch((error: unknown) => error)
console.log(name, isNotFound(found))
`
const TSCONFIG = {
  compilerOptions: {
    target: 'esnext',
    module: 'nodenext',
    strict: true,
    types: ['node'],
    typeRoots: [join(import.meta.dirname, '..', 'node_modules', '@types')],
  },
}

test('an installed package has its types, and runs as JavaScript', async () => {
  const { directory } = installed
  await writeFile(join(directory, 'program.mts'), PROGRAM)
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  await run(TSC, ['-p', directory]).catch((error: { stdout: string }) => assert.fail(error.stdout))
  const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: directory })
  assert.equal(stdout, 'web true\n')
})

test('the command of an installed package starts a cluster', async () => {
  const { directory } = installed
  const command = join(directory, 'node_modules', 'trierarch', 'bin', 'trierarch')
  const data = ['--data-dir', join(directory, 'data')]
  const trierarch = (...args: readonly string[]) => run(command, [...args, ...data])
  await trierarch('up', '--node', 'simulated', '--listen', '127.0.0.1:0', '--detach')
  try {
    const { stdout } = await trierarch('status', '-o', 'json')
    assert.equal((JSON.parse(stdout) as { readonly health: string }).health, 'ok')
  } finally {
    await trierarch('down')
  }
})
