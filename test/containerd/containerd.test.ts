import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { systemClock } from '../../src/base/clock.node.ts'
import { nodeCrypto } from '../../src/base/crypto.node.ts'
import { randomInt } from '../../src/base/random.ts'
import { systemRandom } from '../../src/base/random.node.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { keepContainerd } from '../../src/kubelet/containerd/keep.node.ts'
import { searchPath } from '../../src/kubelet/containerd/binaries.node.ts'
import { mountsBelow } from '../../src/kubelet/containerd/mounts.node.ts'
import { listProcesses } from '../../src/kubelet/containerd/processes.node.ts'
import { startContainerd } from '../../src/kubelet/containerd/start.node.ts'
import { isNotFound } from '../../src/grpc/errors.ts'
import { runtimeEvents } from '../../src/kubelet/cri/runtime-events.ts'
import type { RuntimeEvent } from '../../src/kubelet/cri/types.ts'
import { findCniPlugins, hasPortmap } from '../../src/network/cni/plugins.node.ts'
import { IMAGE, MODERN_PATH, testNode, whyNoContainers, type TestNode } from './test-node.node.ts'

const RELEASES = [
  { release: '', path: searchPath(), skip: await whyNoContainers() },
  { release: ' 2', path: MODERN_PATH, skip: await whyNoContainers(MODERN_PATH) },
]
const skip = RELEASES[0]!.skip
const FOREVER = 'trap "exit 0" TERM; while true; do sleep 0.05; done'

for (const { release, path, skip } of RELEASES) {
  describe(`containerd${release}`, { skip }, () => {
    let node: TestNode
    before(async () => {
      node = await testNode({ path })
    })
    after(() => node[Symbol.asyncDispose]())

    test('runs a Pod with an address, a container, its log and its exit code', async () => {
      const pod = await node.runPod('basic')
      const { status } = await node.runtime.podSandboxStatus(pod.id)
      assert.equal(status?.state, 'SANDBOX_READY')
      assert.ok(status.network?.ip.startsWith(`${node.subnet}.`))

      const container = await node.runShell(pod, 'main', 'echo out; echo err >&2; hostname; exit 3')
      const ended = await eventually(async () => {
        const { status } = await node.runtime.containerStatus(container)
        return status?.state === 'CONTAINER_EXITED' && status
      })
      assert.equal(ended.exitCode, 3)
      assert.equal(ended.reason, 'Error')
      assert.ok(ended.finishedAt > ended.createdAt)
      const log = await readFile(ended.logPath, 'utf8')
      assert.match(log, /^\S+ stdout F out$/m)
      assert.match(log, /^\S+ stderr F err$/m)
      assert.match(log, /^\S+ stdout F basic$/m)
    })

    test('connects Pods with each other and with the node', async () => {
      const [server, client] = await Promise.all([node.runPod('server'), node.runPod('client')])
      await node.runShell(
        server,
        'web',
        'mkdir /www; echo hello > /www/index.html; exec httpd -f -h /www',
      )
      const ip = (await node.runtime.podSandboxStatus(server.id)).status?.network?.ip
      const shell = await node.runShell(client, 'shell', FOREVER)

      const answer = await eventually(async () => {
        const { exitCode, stdout } = await node.runtime.execSync(
          shell,
          ['wget', '-qO-', `http://${ip}`],
          5,
        )
        return exitCode === 0 && new TextDecoder().decode(stdout)
      })
      assert.equal(answer, 'hello\n')
      assert.equal(await (await fetch(`http://${ip}`)).text(), 'hello\n')
    })

    test('execSync() gives output and exit code, and stops at its timeout', async () => {
      const shell = await node.runShell(await node.runPod('exec'), 'shell', FOREVER)
      const result = await node.runtime.execSync(
        shell,
        ['sh', '-c', 'echo a; echo b >&2; exit 7'],
        5,
      )
      assert.deepEqual(
        [
          result.exitCode,
          new TextDecoder().decode(result.stdout),
          new TextDecoder().decode(result.stderr),
        ],
        [7, 'a\n', 'b\n'],
      )
      await assert.rejects(node.runtime.execSync(shell, ['sleep', '30'], 1), {
        code: 'DeadlineExceeded',
      })
    })

    test("rejects with the runtime's code and words, or the reason of the signal", async () => {
      await assert.rejects(node.runtime.containerStatus('nothing'), (error: Error) => {
        assert.ok(isNotFound(error))
        assert.match(error.message, /^rpc error: code = NotFound desc = .*"nothing"/)
        return true
      })
      const shell = await node.runShell(await node.runPod('abort'), 'shell', FOREVER)
      const abort = new AbortController()
      const command = node.runtime.execSync(shell, ['sleep', '30'], 0, abort)
      abort.abort(new Error('no longer wanted'))
      await assert.rejects(command, { message: 'no longer wanted' })
    })

    test('runtimeEvents() tells what happens, when it can be seen', async () => {
      const abort = new AbortController()
      const seen: RuntimeEvent[] = []
      const states = new Map<string, unknown>() // By container, upon its end.
      const following = (async () => {
        for await (const event of runtimeEvents(source(node), abort)) {
          seen.push(event)
          if (event.type !== 'stopped' || event.containerId === event.sandboxId) continue
          // A runtime may tell first of what happened before, so it need not be there any more.
          const answer = await node.runtime
            .containerStatus(event.containerId)
            .catch(() => undefined)
          states.set(event.containerId, answer?.status?.state)
        }
      })()
      await eventually(() => seen[0]?.type === 'gap')

      const pod = await node.runPod('events')
      const container = await node.runShell(pod, 'main', FOREVER)
      await node.runtime.execSync(container, ['true'], 5)
      await node.runtime.stopContainer(container, 5)
      assert.equal(await eventually(() => states.get(container)), 'CONTAINER_EXITED')
      await node.runtime.removeContainer(container)
      await node.runtime.stopPodSandbox(pod.id)
      await node.runtime.removePodSandbox(pod.id)
      const of = (id: string): string[] =>
        seen.flatMap((event) =>
          event.type !== 'gap' && event.containerId === id ? [event.type] : [],
        )
      await eventually(() => of(pod.id).includes('deleted'))
      abort.abort()
      await following

      assert.deepEqual(of(container), ['stopped', 'deleted'])
      assert.deepEqual(of(pod.id), ['stopped', 'deleted'])
      assert.ok(seen.some((event) => event.type === 'stopped' && event.sandboxId === pod.id))
    })

    test('containers go on when containerd and we are replaced, and events announce the gap', async () => {
      const abort = new AbortController()
      const seen: RuntimeEvent[] = []
      const following = (async () => {
        for await (const event of runtimeEvents(source(node), abort)) seen.push(event)
      })()
      await eventually(() => seen.length > 0)
      const container = await node.runShell(
        await node.runPod('survivor'),
        'main',
        `echo $$ > /started; ${FOREVER}`,
      )
      const before = (await node.runtime.containerStatus(container)).status

      const found = await node.start()
      assert.equal(found.found, true)
      process.kill(found.pid, 'SIGKILL')
      const restarted = await node.start()
      assert.equal(restarted.found, false)
      assert.notEqual(restarted.pid, found.pid)
      await eventually(() => node.runtime.version().catch(() => false as const))

      const now = (await node.runtime.containerStatus(container)).status
      assert.equal(now?.state, 'CONTAINER_RUNNING')
      assert.equal(now.startedAt, before?.startedAt)
      await eventually(() => seen.filter(({ type }) => type === 'gap').length >= 2)
      await node.runtime.stopContainer(container, 5)
      await eventually(() =>
        seen.some((event) => event.type === 'stopped' && event.containerId === container),
      )
      abort.abort()
      await following
    })

    test('keepContainerd() starts it again when it ends', async () => {
      const abort = new AbortController()
      const pids: number[] = []
      const keeping = keepContainerd(node.options, {
        signal: abort.signal,
        started: ({ pid }) => pids.push(pid),
      })
      await eventually(() => pids.length === 1)
      process.kill(pids[0]!, 'SIGKILL')
      await eventually(() => pids.length === 2)
      assert.notEqual(pids[1], pids[0])
      abort.abort()
      await keeping
      await eventually(() => node.runtime.version().catch(() => false as const))
    })

    test('leaves no socket of a shim that was killed', async () => {
      const { state } = await node.layout()
      const before = await shimSockets(state)
      const pod = await node.runPod('killed')
      const [socket, ...others] = (await shimSockets(state)).filter(
        (each) => !before.includes(each),
      )
      assert.deepEqual(others, [])
      for (const shim of await node.shims(pod.id)) process.kill(shim, 'SIGKILL')
      assert.ok(await present(socket!))
      // The runtime may not have seen it yet.
      await eventually(() => removed(node, pod.id).catch(() => false as const))
      assert.equal(await present(socket!), undefined)
    })

    test('lists images with their names and the size', async () => {
      const images = await node.images.listImages()
      const names = images.flatMap(({ repoTags }) => repoTags).toSorted()
      assert.deepEqual(names, [IMAGE, 'localhost/trierarch/pause:1'])
      assert.ok((await node.images.imageStatus({ image: IMAGE }))!.size > 1_000_000)
      assert.equal(await node.images.imageStatus({ image: 'localhost/missing:1' }), undefined)
    })
  })

  describe(`stopContainerd()${release}`, { skip }, () => {
    for (const kill of [false, true]) {
      test(`leaves nothing behind${kill ? ' where containerd was killed' : ''}`, async () => {
        await using node = await testNode({ path })
        const { pid, layout } = await node.start()
        for (const name of ['one', 'two'])
          await node.runShell(await node.runPod(name), 'main', FOREVER)
        assert.ok((await left(node, layout.runDir)).length > 0)
        const sockets = await shimSockets(layout.state)
        assert.equal(sockets.length, 2)

        if (kill) process.kill(pid, 'SIGKILL')
        await node.stop()
        assert.deepEqual(await left(node, layout.runDir), [])
        assert.deepEqual((await Promise.all(sockets.map(present))).filter(Boolean), [])
        await node.stop() // Once more is no error.
      })
    }
  })
}

describe(
  'hostPort',
  {
    skip:
      skip || ((await hasPortmap(await findCniPlugins(), searchPath())) ? false : 'needs iptables'),
  },
  () => {
    test('reaches a Pod through the node, and leaves no rule behind', async () => {
      const rules = async (): Promise<string> =>
        (await promisify(execFile)('nft', ['list', 'ruleset'])).stdout
      const node = await testNode({ hostPorts: 'portmap' })
      await using stack = new AsyncDisposableStack()
      stack.use(node)
      const hostPort = 30000 + randomInt(systemRandom, 10_000)
      const pod = await node.runPod('web', { portMappings: [{ containerPort: 80, hostPort }] })
      await node.runShell(
        pod,
        'web',
        'mkdir /www; echo hello > /www/index.html; exec httpd -f -h /www',
      )
      assert.equal(
        await eventually(() =>
          fetch(`http://127.0.0.1:${hostPort}`)
            .then((answer) => answer.text())
            .catch(() => false as const),
        ),
        'hello\n',
      )
      assert.ok((await rules()).includes(node.subnet))
      await stack.disposeAsync()
      assert.ok(!(await rules()).includes(node.subnet))
    })
  },
)

test(
  'startContainerd() says in one sentence why it fails, and leaves nothing running',
  { skip },
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'trierarch-broken-'))
    try {
      const database = join(dataDir, 'containerd/root/io.containerd.metadata.v1.bolt')
      await mkdir(database, { recursive: true })
      await writeFile(join(database, 'meta.db'), 'no database '.repeat(1000))
      const options = {
        dataDir,
        crypto: nodeCrypto(),
        cniConfDir: join(dataDir, 'cni'),
        cniBinDir: '/nowhere',
      }
      await assert.rejects(startContainerd(options), {
        name: 'ContainerdError',
        message: /^Cannot start containerd: [^\n]+ \(see [^\n]*containerd\.log\)$/,
      })
      const left = (await listProcesses()).filter(({ argv }) =>
        argv.some((argument) => argument.includes(dataDir)),
      )
      assert.deepEqual(left, [])
    } finally {
      await rm(dataDir, { recursive: true })
    }
  },
)

function source(node: TestNode): Parameters<typeof runtimeEvents>[0] {
  return { ...node, clock: systemClock, logger: silentLogger }
}

/** What belongs to a node and can be seen on this machine. */
async function left(node: TestNode, runDir: string): Promise<string[]> {
  const processes = (await listProcesses()).filter(({ argv }) =>
    argv.some((argument) => argument.includes(runDir) || argument.includes(node.dataDir)),
  )
  const links = (await readdir('/sys/class/net')).filter((name) => name === node.bridge)
  const cgroups = await Promise.all(
    (await readdir('/sys/fs/cgroup')).map((name) =>
      present(join('/sys/fs/cgroup', name, node.cgroup)),
    ),
  )
  const { stdout: sockets } = await promisify(execFile)('sh', ['-c', 'cat /proc/net/unix'])
  return [
    ...processes.map(({ argv }) => `process ${argv.join(' ')}`),
    ...(await mountsBelow([runDir, node.dataDir])).map((point) => `mount ${point}`),
    ...links.map((name) => `interface ${name}`),
    ...cgroups.filter(Boolean).map((name) => `cgroup ${name}`),
    ...((await present(runDir)) ? [runDir] : []),
    ...(sockets.includes(runDir) ? ['socket'] : []),
  ]
}

async function removed({ runtime }: TestNode, sandboxId: string): Promise<true> {
  await runtime.stopPodSandbox(sandboxId)
  await runtime.removePodSandbox(sandboxId)
  return true
}

/** Where the shims of Pods listen: in a directory that all containerds share. */
async function shimSockets(state: string): Promise<readonly string[]> {
  const bundles = join(state, 'io.containerd.runtime.v2.task')
  const { stdout } = await promisify(execFile)('grep', [
    '-rhoE',
    '--include=address', // Of containerd 1.
    '--include=bootstrap.json', // Of containerd 2.
    '/run/containerd/s/[0-9a-f]+',
    bundles,
  ])
  return [...new Set(stdout.trim().split('\n'))]
}

async function present(path: string): Promise<string | undefined> {
  return access(path).then(
    () => path,
    () => undefined,
  )
}
