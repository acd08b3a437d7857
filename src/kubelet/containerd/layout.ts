import type { Crypto } from '../../base/crypto.ts'

/** Where one containerd of ours keeps what. */
export interface ContainerdLayout {
  /** Images, snapshots and what containerd knows of its containers: survives a reboot. */
  readonly root: string
  /** Sockets, mounts and processes: in /run, so that a reboot clears it and paths stay short. */
  readonly runDir: string
  readonly state: string
  /** At most 107 bytes, the longest name that a Unix socket can have. */
  readonly socket: string
  readonly runcRoot: string
  readonly configFile: string
  readonly logFile: string
  /** How to reach registries: `hosts.toml` files by host, as containerd documents them. */
  readonly registryDir: string
}

/** The layout for a data directory, given by its real path, which may be of any length. */
export function containerdLayout(
  dataDir: string,
  crypto: Pick<Crypto, 'hashHex'>,
  runRoot = '/run/trierarch',
): ContainerdLayout {
  const home = `${dataDir}/containerd`
  const runDir = `${runRoot}/${crypto.hashHex('sha256', dataDir).slice(0, 12)}`
  return {
    root: `${home}/root`,
    runDir,
    state: `${runDir}/state`,
    socket: `${runDir}/containerd.sock`,
    runcRoot: `${runDir}/runc`,
    configFile: `${home}/config.toml`,
    logFile: `${home}/containerd.log`,
    registryDir: `${home}/registries`,
  }
}
