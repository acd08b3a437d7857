import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { eventually } from '../../base/async-eventually.node.ts'
import { readLog, type ReadLogOptions } from './read-log.node.ts'

const HEAD = '2026-11-23T10:15:00.000000001Z stdout F '

async function logFile(t: TestContext, text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-log-'))
  t.after(() => rm(directory, { recursive: true }))
  const path = join(directory, '0.log')
  await writeFile(path, text)
  return path
}

function lines(...contents: readonly string[]): string {
  return contents.map((each) => `${HEAD}${each}\n`).join('')
}

/** A reader of a log, with a container that runs until it is ended. */
function reading(t: TestContext, path: string, options: Partial<ReadLogOptions> = {}) {
  const abort = new AbortController()
  const watchers = new Set<() => void>()
  let [text, isRunning] = ['', true]
  const done = (async () => {
    const pieces = readLog(path, {
      follow: true,
      timestamps: false,
      stream: 'All',
      isRunning: () => isRunning,
      onChange(callback) {
        watchers.add(callback)
        return { [Symbol.dispose]: () => void watchers.delete(callback) }
      },
      signal: abort.signal,
      ...options,
    })
    for await (const piece of pieces) text += Buffer.from(piece).toString()
    return text
  })()
  t.after(async () => {
    abort.abort()
    await done.catch(() => undefined)
  })
  return {
    done,
    abort,
    watchers,
    until: (wanted: string) => eventually(() => assert.equal(text, wanted) ?? true),
    end() {
      isRunning = false
      for (const watcher of watchers) watcher()
    },
  }
}

test('readLog() reads all there is and stops', async (t) => {
  const path = await logFile(t, lines('a', 'b'))
  assert.equal(await reading(t, path, { follow: false }).done, 'a\nb\n')
})

test('readLog() gives the last lines, also of a log longer than what is read at once', async (t) => {
  const many = Array.from({ length: 5000 }, (_, i) => `line ${i}`)
  const path = await logFile(t, lines(...many))
  const tail = (tailLines: number) => reading(t, path, { follow: false, tailLines }).done
  assert.equal(await tail(2), 'line 4998\nline 4999\n')
  assert.equal(await tail(0), '')
  assert.equal((await tail(4000)).split('\n').length, 4001)
  assert.equal((await tail(9000)).split('\n').length, 5001)
})

test('readLog() stops at the limit while the container runs', async (t) => {
  const path = await logFile(t, lines('abc', 'def'))
  assert.equal(await reading(t, path, { limitBytes: 5 }).done, 'abc\nd')
})

test('readLog() gives a last line that was never finished', async (t) => {
  const path = await logFile(t, `${lines('a')}${HEAD}b`)
  assert.equal(await reading(t, path, { follow: false }).done, 'a\nb\n')
})

test('readLog() passes over a line that no runtime writes, and reads on', async (t) => {
  const path = await logFile(t, lines('a', 'x'.repeat(1024 * 1024), 'b'))
  assert.equal(await reading(t, path, { follow: false }).done, 'a\nb\n')
})

test('readLog() follows until the container has ended', async (t) => {
  const path = await logFile(t, lines('a'))
  const reader = reading(t, path)
  await reader.until('a\n')
  await appendFile(path, `${HEAD}b`)
  await appendFile(path, `c\n`)
  await reader.until('a\nbc\n')
  await appendFile(path, lines('last'))
  reader.end()
  assert.equal(await reader.done, 'a\nbc\nlast\n')
  assert.equal(reader.watchers.size, 0)
})

test('readLog() follows a log that is rotated, twice', async (t) => {
  const path = await logFile(t, lines('a'))
  const reader = reading(t, path)
  await reader.until('a\n')
  for (const n of [1, 2]) {
    await rename(path, `${path}.${n}`)
    await appendFile(`${path}.${n}`, lines(`late ${n}`)) // Before the runtime opens the new file.
    await appendFile(path, lines(`new ${n}`))
    await reader.until(`a\n${['late 1', 'new 1', 'late 2', 'new 2'].slice(0, 2 * n).join('\n')}\n`)
  }
  await appendFile(path, lines('on'))
  await reader.until('a\nlate 1\nnew 1\nlate 2\nnew 2\non\n')
})

test('readLog() ends when its client leaves', async (t) => {
  const reader = reading(t, await logFile(t, lines('a')))
  await reader.until('a\n')
  reader.abort.abort()
  assert.equal(await reader.done, 'a\n')
})

test('readLog() follows no link out of the directory', async (t) => {
  const secret = await logFile(t, lines('secret'))
  const link = `${await logFile(t, '')}.link`
  await symlink(secret, link)
  await assert.rejects(reading(t, link).done, { code: 'ELOOP' })
})
