import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'node:test'
import { eventually } from '../../../src/base/async-eventually.node.ts'
import { bundledTool } from '../../../src/cmd/kubectl.node.ts'
import { run } from '../../e2e/programs.node.ts'
import { whyNoNodeCluster } from '../../kubelet/node-cluster.node.ts'
import { conformance } from '../conformance.ts'
import { isReady, nodeSuite, shell } from './node-suite.node.ts'

const skip = await whyNoNodeCluster()
const LINES = 20
const GENERATE = `for i in $(seq 1 ${LINES}); do echo "line $i"; sleep 0.1; done; trap "exit 0" TERM; while true; do sleep 0.1; done`

describe('kubectl logs', { skip }, () => {
  const suite = nodeSuite()

  conformance(
    '[sig-cli] Kubectl logs logs should be able to retrieve and filter logs [Conformance]',
    async () => {
      await using stack = new AsyncDisposableStack()
      const home = await mkdtemp(join(tmpdir(), 'trierarch-logs-'))
      stack.defer(() => rm(home, { recursive: true, force: true }))
      const KUBECONFIG = join(home, 'kubeconfig')
      await writeFile(KUBECONFIG, suite().kubeconfig, { mode: 0o600 })
      const namespace = await suite().namespace('kubectl-logs')
      await suite().until(await suite().run(namespace, shell('generator', GENERATE)), isReady)
      const program = await bundledTool('kubectl')
      const logs = async (...options: readonly string[]): Promise<string> => {
        const command = [program, 'logs', 'generator', `--namespace=${namespace}`, ...options]
        const { code, stdout, stderr } = await run(command, { env: { KUBECONFIG, HOME: home } })
        assert.equal(code, 0, stderr)
        return stdout
      }
      const all = Array.from({ length: LINES }, (_, i) => `line ${i + 1}\n`).join('')
      await eventually(async () => (await logs()) === all)
      assert.equal(await logs('--tail=1'), `line ${LINES}\n`)
      assert.equal(await logs('--limit-bytes=1'), 'l')
      const [time = '', ...rest] = (await logs('--tail=1', '--timestamps')).split(' ')
      assert.ok(Date.parse(time) > 0, time)
      assert.equal(rest.join(' '), `line ${LINES}\n`)
      await eventually(async () => (await logs('--since=1s')).length < all.length)
      assert.equal(await logs('--since=24h'), all)
    },
  )
})
