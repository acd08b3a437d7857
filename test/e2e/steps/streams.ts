import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../../../src/base/async-eventually.node.ts'
import { start } from '../programs.node.ts'
import { shellPod } from '../shell-pod.ts'
import type { TestCluster } from '../test-cluster.node.ts'

const FILE_BYTES = 3_000_000

/** What kubectl streams from and to a container. */
export function streamSteps(cluster: () => TestCluster): void {
  test('exec gives exit codes, both outputs and takes input', async () => {
    const { tryKubectl, kubectl } = cluster()
    const script = 'echo out; echo err >&2; exit 7'
    const shell = ['exec', 'client', '--', 'sh', '-c', script]
    const { code, stdout, stderr } = await tryKubectl(shell)
    assert.deepEqual([code, stdout], [7, 'out\n'])
    assert.equal(stderr, 'err\ncommand terminated with exit code 7\n')
    const input = 'line\n'.repeat(50_000)
    assert.equal(await kubectl('exec -i client -- wc -l', { input }), '50000')
    const missing = await tryKubectl('exec client -- no-such-command')
    assert.notEqual(missing.code, 0)
    assert.match(missing.stderr, /"no-such-command": executable file not found in \$PATH/)
  })

  test('exec -it is a terminal of the right size', async () => {
    const { kubectlCommand, env } = cluster()
    const command = [...kubectlCommand, 'exec', '-it', 'client', '--', 'sh'].join(' ')
    const terminal = `stty rows 33 cols 99 && exec ${command}`
    await using shell = start(['script', '-qefc', terminal, '/dev/null'], env)
    await eventually(() => shell.printed().includes('# '))
    shell.program.stdin.write('tty; stty size\n')
    await eventually(() => /\/dev\/pts\/\d+\r\n33 99\r\n/.test(shell.printed()))
    // Said by the program itself, which has the terminal by then.
    shell.program.stdin.write('sh -c "echo begun; exec sleep 1000"\n')
    await eventually(() => shell.printed().includes('\nbegun\r\n'))
    shell.program.stdin.write('\u0003') // Ctrl-C, which also drops what is typed before the next prompt.
    await eventually(() => /\^C[^]*# /.test(shell.printed()))
    shell.program.stdin.write('exit 9\n')
    assert.equal(await shell.ended, 9)
  })

  test('kubectl cp copies files both ways', async () => {
    const { kubectl, scratch, sh } = cluster()
    const content = randomBytes(FILE_BYTES)
    await mkdir(join(scratch, 'tree', 'deep'), { recursive: true })
    await writeFile(join(scratch, 'tree', 'deep', 'bytes'), content)
    await writeFile(join(scratch, 'tree', 'empty'), '')
    await kubectl(['cp', join(scratch, 'tree'), 'client:/tmp/tree'])
    const found = await sh('client', 'cd /tmp/tree; find . -type f | sort; wc -c < deep/bytes')
    assert.equal(found, `./deep/bytes\n./empty\n${FILE_BYTES}`)
    await kubectl(['cp', 'client:/tmp/tree/deep/bytes', join(scratch, 'bytes')])
    assert.ok(content.equals(await readFile(join(scratch, 'bytes'))))
  })

  test('a log is followed until the container ends', async () => {
    const { apply, kubectl, sh } = cluster()
    const script = 'mkfifo /tmp/said\necho begun\nwhile true; do cat /tmp/said & wait; done'
    await apply(shellPod('speaker', { script }))
    await kubectl('wait --for=condition=Ready pod/speaker --timeout=180s')
    await using log = cluster().startKubectl('logs -f speaker')
    await eventually(() => log.printed() === 'begun\n')
    await sh('speaker', 'echo one > /tmp/said')
    await eventually(() => log.printed() === 'begun\none\n')
    await sh('speaker', 'echo two > /tmp/said')
    await eventually(() => log.printed() === 'begun\none\ntwo\n')
    assert.equal(await kubectl('logs speaker --tail=1'), 'two')
    await kubectl('delete pod speaker')
    assert.equal(await log.ended, 0)
  })

  test('port-forward to a Service carries requests side by side', async () => {
    const { address } = cluster().machine
    const line = `port-forward --address=${address} svc/frontend :80`
    await using forward = cluster().startKubectl(line)
    const port = await eventually(() => /:(\d+) -> 8080$/m.exec(forward.printed())?.[1])
    const pages = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const answer = await fetch(`http://${address}:${port}/cgi-bin/guestbook.cgi`)
        return answer.text()
      }),
    )
    for (const page of pages) assert.match(page, /^\w+ from frontend-\S+\nahoy\n/)
  })
}
