import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { run } from '../e2e/programs.node.ts'
import { ROOT } from '../e2e/test-cluster.node.ts'

/** How the example of another language or framework is run. */
interface Example {
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly passed: RegExp
  /** What ends well where the example can be run, and what is missing elsewhere. */
  readonly needs?: { readonly command: readonly string[]; readonly missing: string }
  readonly timeoutMs?: number
}

const EXAMPLES = join(ROOT, 'examples')

// Debian's own Python has its packages; another one may come first on the PATH.
const PYTHONS = ['python3', '/usr/bin/python3']
const HAS_CLIENT = ['-c', 'import kubernetes, pytest']

// Where .ci/install-go puts Go and client-go.
const GO_HOME = '/opt/client-go'
const GO = join(GO_HOME, 'bin', 'go')
const COMPILE_MS_MAX = 600_000 // client-go, where it has not been compiled before.

const EXAMPLE_OF: Readonly<Record<string, Example>> = {
  vitest: {
    command: [
      join(ROOT, 'node_modules', '.bin', 'vitest'),
      'run',
      '--root',
      join(EXAMPLES, 'vitest'),
    ],
    passed: /2 passed/,
  },
  python: await pythonExample(),
  go: {
    command: [GO, 'test', '-C', join(EXAMPLES, 'go'), '-v', '-vet=off', '-count=1', '.'],
    env: {
      GOPATH: join(GO_HOME, 'share', 'gocode'),
      GO111MODULE: 'off',
      GOFLAGS: '',
      CGO_ENABLED: '0',
    },
    passed: /^PASS$/m,
    needs: {
      command: [GO, 'list', 'k8s.io/client-go/kubernetes'],
      missing: 'there is no Go with client-go (.ci/install-go)',
    },
    timeoutMs: COMPILE_MS_MAX,
  },
  java: {
    command: ['java', join(EXAMPLES, 'java', 'ClusterTest.java')],
    passed: /^1 passed$/m,
    needs: { command: ['javac', '--version'], missing: 'there is no Java' },
  },
}

for (const [name, { command, env = {}, passed, needs, timeoutMs }] of Object.entries(EXAMPLE_OF)) {
  const isRunnable = needs === undefined || (await endsWell(needs.command, env))
  test(`examples/${name}`, { skip: !isRunnable && needs.missing }, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), `trierarch-${name}-`))
    t.after(() => rm(directory, { recursive: true, force: true }))
    const { code, stdout, stderr } = await run(command, {
      env: {
        ...env,
        PATH: [join(ROOT, 'bin'), process.env['PATH']].join(delimiter),
        TMPDIR: directory,
      },
      ...(timeoutMs !== undefined && { timeoutMs }),
    })
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, passed)
  })
}

async function pythonExample(): Promise<Example> {
  const found = await Promise.all(PYTHONS.map((each) => endsWell([each, ...HAS_CLIENT])))
  const python = PYTHONS[found.indexOf(true)] ?? PYTHONS[0]!
  return {
    command: [python, '-m', 'pytest', '-p', 'no:cacheprovider', join(EXAMPLES, 'python')],
    env: { PYTHONDONTWRITEBYTECODE: '1' },
    passed: /1 passed/,
    needs: {
      command: [python, ...HAS_CLIENT],
      missing: 'there is no Python with pytest and the kubernetes package',
    },
  }
}

async function endsWell(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const result = await run(command, { env }).catch(() => undefined)
  return result?.code === 0
}
