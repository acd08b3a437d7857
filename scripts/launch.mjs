// Starts a script of this project with the Node.js that the project pins, installing what is missing first.
// Runs on any Node.js from 18 on: it is what a fresh machine has.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [script, ...args] = process.argv.slice(2)

if (Number(process.versions.node.split('.')[0]) < 18) {
  fail(
    `Node.js ${process.versions.node} is too old to start Trierarch: install Node.js 18 or newer.`,
  )
}
if (!script) fail('Usage: node scripts/launch.mjs SCRIPT [ARGUMENTS]')
if (!isInstalled()) install()
run()

/** Whether node_modules is what package-lock.json asks for: npm leaves a copy of the lock file in it. */
function isInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installed) || !existsSync(join(root, 'node_modules', 'commander'))) return false
  return (
    statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs ||
    sameVersions(installed)
  )
}

// Git sets the time of checked out files anew, so a newer lock file may still say the same.
function sameVersions(installed) {
  const have = JSON.parse(readFileSync(installed, 'utf8')).packages
  const want = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(want).every(
    ([name, { version, optional }]) => name === '' || optional || have[name]?.version === version,
  )
}

// Not `npm ci`: it refuses a lock file that lacks the optional binaries of other platforms than the one it was made on.
function install() {
  console.error('Installing dependencies with npm …')
  // What npm warns of is of no use here: the npm of an old Node.js says that packages want the one that they will have.
  const flags = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', ['install', ...flags], {
    cwd: root,
    stdio: ['ignore', 2, 'inherit'],
  })
  if (status !== 0) fail('Cannot install dependencies: npm install failed, see its output above.')
  // What bin/trierarch had compiled for another Node.js, and of packages that are gone, is of no use any more.
  rmSync(join(root, 'node_modules', '.cache', 'trierarch'), { recursive: true, force: true })
}

function run() {
  const child = spawn(nodePath(), [join(root, script), ...args], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
}

/** The pinned Node.js where npm has one for this platform, else this one if it is new enough. */
function nodePath() {
  const pinned = join(
    root,
    'node_modules',
    `node-${process.platform}-${process.arch}`,
    'bin',
    'node',
  )
  if (existsSync(pinned)) return pinned
  if (Number(process.versions.node.split('.')[0]) >= 26) return process.execPath
  return fail(
    `Trierarch needs Node.js 26 or newer on ${process.platform}-${process.arch}; this is ${process.versions.node}.`,
  )
}

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}
