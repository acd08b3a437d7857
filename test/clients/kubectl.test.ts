import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseYamlDocuments } from '../../src/apimachinery/yaml.ts'
import type { Kubeconfig } from '../../src/client/kubeconfig.ts'
import { startClientCluster, type ClientCluster } from './client-cluster.node.ts'
import { isAsPrinted, parseTranscript } from './transcript.ts'

const TRANSCRIPTS = join(import.meta.dirname, 'transcripts')

/** As many as keep a small machine busy while the others wait for the cluster. */
const AT_ONCE = 4

describe('kubectl', { concurrency: AT_ONCE }, () => {
  let cluster: ClientCluster
  before(async () => {
    cluster = await startClientCluster()
  })
  after(() => cluster[Symbol.asyncDispose]())

  for (const file of readdirSync(TRANSCRIPTS)) {
    const name = basename(file, '.txt')
    test(`a transcript: ${name}`, async () => {
      const terminal = await terminalIn(cluster, name)
      for (const { command, printed } of parseTranscript(
        readFileSync(join(TRANSCRIPTS, file), 'utf8'),
      )) {
        const actual = await terminal(command)
        if (!isAsPrinted(actual, printed))
          assert.equal(`$ ${command}\n${actual}`, `$ ${command}\n${printed}`)
      }
    })
  }
})

type Terminal = (command: string) => Promise<string>

/** A shell in a directory of its own, whose kubectl works in a namespace of its own. */
async function terminalIn(cluster: ClientCluster, namespace: string): Promise<Terminal> {
  await cluster.kubectl(['create', 'namespace', namespace])
  const directory = join(cluster.directory, 'work', namespace)
  await mkdir(directory, { recursive: true })
  const kubeconfig = join(directory, 'kubeconfig')
  await writeFile(kubeconfig, JSON.stringify(inNamespace(cluster.kubeconfig, namespace)))
  return async (command) => {
    const line = `exec 2>&1; cd ${directory}; ${command}`
    const { code, stdout } = await cluster.shell(line, { env: { KUBECONFIG: kubeconfig } })
    return `${stdout.trimEnd()}${code === 0 ? '' : `\n[exit ${code}]`}`.trimStart()
  }
}

function inNamespace(kubeconfig: string, namespace: string): Kubeconfig {
  const [document] = parseYamlDocuments(readFileSync(kubeconfig, 'utf8'))
  const config = document!.value as Kubeconfig
  const contexts = config.contexts.map(({ name, context }) => ({
    name,
    context: { ...context, namespace },
  }))
  return { ...config, contexts }
}
