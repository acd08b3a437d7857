// Asks npm's registry whether a vulnerability is known of anything that is installed: `node scripts/audit.ts`. It needs
// the network, so it stands beside the suite, not in it. Ends with 1 where there is one, whatever its severity, and with
// 2 where the registry cannot be asked.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

interface Report {
  readonly metadata?: {
    readonly vulnerabilities: Readonly<Record<string, number>>
    readonly dependencies: { readonly total: number }
  }
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>
}

const cwd = join(import.meta.dirname, '..')
const { stdout } = spawnSync('npm', ['audit', '--json'], { cwd, encoding: 'utf8' })
const { metadata, vulnerabilities = {} } = JSON.parse(stdout || '{}') as Report
for (const [name, { severity }] of Object.entries(vulnerabilities))
  console.log(`${name}: ${severity}`)
if (metadata === undefined) {
  console.log('The registry gives no answer.')
  process.exitCode = 2
} else {
  const found = metadata.vulnerabilities['total'] ?? 0
  console.log(`${metadata.dependencies.total} packages, ${found} known vulnerabilities`)
  process.exitCode = found > 0 ? 1 : 0
}
