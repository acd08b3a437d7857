import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startClientCluster, type ClientCluster } from './client-cluster.node.ts'
import { samples, SAMPLES_DIRECTORY } from './samples.ts'

/** Kinds whose objects kubectl finds changed each time: it sees lists that the server has filled in, or write-only fields. */
const ALWAYS_CONFIGURED = [
  'endpoints/sample-elsewhere',
  'endpointslice.discovery.k8s.io/sample',
  'mutatingadmissionpolicy.admissionregistration.k8s.io/sample',
  'mutatingwebhookconfiguration.admissionregistration.k8s.io/sample',
  'poddisruptionbudget.policy/sample',
  'resourceclaim.resource.k8s.io/sample',
  'resourceclaimtemplate.resource.k8s.io/sample',
  'secret/sample',
  'validatingadmissionpolicy.admissionregistration.k8s.io/sample',
  'validatingwebhookconfiguration.admissionregistration.k8s.io/sample',
]
const AT_ONCE = 4

describe('kubectl, with an object of every kind', () => {
  let client: ClientCluster
  before(async () => {
    client = await startClientCluster()
    await client.cluster.apply('{apiVersion: v1, kind: Namespace, metadata: {name: samples}}')
    await kubectl('config set-context --current --namespace=samples')
  })
  after(() => client[Symbol.asyncDispose]())

  /** Runs a command that must succeed; `FILES` stands for all samples. Answers with its lines. */
  async function kubectl(line: string): Promise<readonly string[]> {
    const args = line.split(' ').map((arg) => (arg === 'FILES' ? `-f=${SAMPLES_DIRECTORY}` : arg))
    const { code, stdout, stderr } = await client.kubectl(args)
    assert.equal(code, 0, `kubectl ${line}: ${stderr}`)
    return stdout.trimEnd().split('\n')
  }

  test('no kind is without a sample', async () => {
    const rows = await kubectl('api-resources --verbs=create,list --no-headers')
    const served = rows.map((row) => {
      const [kind, , apiVersion] = row.trimEnd().split(/ +/).toReversed()
      return `${apiVersion} ${kind}`
    })
    const given = new Set(samples().map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))
    assert.deepEqual(
      served.filter((each) => !given.has(each)),
      [],
    )
  })

  test('applies, reads in every format, changes, describes and deletes it', async () => {
    const { length } = samples()
    const created = await kubectl('apply FILES')
    assert.deepEqual(
      created.filter((line) => !line.endsWith(' created')),
      [],
    )
    assert.equal(created.length, length)

    const again = await kubectl('apply FILES')
    const changed = again.filter((line) => !line.endsWith(' unchanged'))
    assert.deepEqual(
      changed.toSorted(),
      ALWAYS_CONFIGURED.map((name) => `${name} configured`),
    )
    assert.equal(again.length, length)
    const tried = await kubectl('apply FILES --dry-run=server')
    assert.deepEqual(
      tried.filter((line) => !line.endsWith(' (server dry run)')),
      [],
    )
    assert.deepEqual(await kubectl('diff FILES'), [''])
    const labelled = await kubectl('label FILES a=b')
    assert.deepEqual(
      labelled.filter((line) => !line.endsWith(' labeled')),
      [],
    )

    const names = samples().map(({ metadata }) => metadata.name)
    const jsonpath = '{range.items[*]}{.metadata.name}{"\\n"}{end}'
    assert.deepEqual(await kubectl(`get FILES -o jsonpath=${jsonpath}`), names)
    const columns = 'NAME:.metadata.name,A:.metadata.labels.a'
    const custom = await kubectl(`get FILES --no-headers -o custom-columns=${columns}`)
    assert.deepEqual(
      custom.map((line) => line.split(/ +/)),
      names.map((name) => [name, 'b']),
    )
    const json = JSON.parse((await kubectl('get FILES -o json')).join('\n')) as { items: unknown[] }
    assert.equal(json.items.length, length)
    const yaml = await kubectl('get FILES -o yaml')
    assert.equal(
      yaml.filter((line) => line === '    uid: ' || /^ {4}uid: /.test(line)).length,
      length,
    )
    const wide = await kubectl('get FILES -o wide')
    const rows = wide.filter((line) => /\/(?:sample|widgets|v1\.|192)/.test(line))
    assert.equal(rows.length, length)
    const described = await kubectl('describe FILES')
    assert.ok(described.filter((line) => /^Name: +/.test(line)).length >= length)

    const deleted = await kubectl('delete FILES --wait=false')
    assert.equal(deleted.filter((line) => line.includes(' deleted')).length, length)
  })

  test('explains it', { concurrency: AT_ONCE }, async (t) => {
    const explain = async ({
      apiVersion,
      kind,
    }: {
      apiVersion: string
      kind: string
    }): Promise<void> => {
      const lines = await kubectl(`explain ${kind} --api-version=${apiVersion} --recursive`)
      const [version, group = ''] = apiVersion.split('/').toReversed()
      const header = [...(group === '' ? [] : [`GROUP:      ${group}`]), `KIND:       ${kind}`]
      assert.deepEqual(lines.slice(0, header.length + 1), [...header, `VERSION:    ${version}`])
      for (const field of ['apiVersion', 'kind', 'metadata'])
        assert.ok(
          lines.some((line) => line.startsWith(`  ${field}\t`)),
          field,
        )
    }
    const kinds = Map.groupBy(samples(), ({ apiVersion, kind }) => `${apiVersion} ${kind}`)
    const each = [...kinds].map(([name, [first]]) => t.test(name, () => explain(first!)))
    await Promise.all(each)
  })
})
