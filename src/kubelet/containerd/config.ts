import type { ContainerdLayout } from './layout.ts'

export interface ContainerdSettings {
  readonly layout: ContainerdLayout
  readonly runcPath: string
  readonly cniConfDir: string
  readonly cniBinDir: string
  readonly sandboxImage: string
  readonly snapshotter: 'overlayfs' | 'native'
  readonly cgroupDriver: 'cgroupfs' | 'systemd'
  /** Whether a process may be made less likely to be killed when memory runs out (CAP_SYS_RESOURCE). */
  readonly canLowerOomScore: boolean
}

// None of these is used, and each costs start time, memory or a directory elsewhere.
const DISABLED_PLUGINS = [
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.tracing',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.tracing.processor.v1.otlp',
]

/** containerd's configuration file, in version 2 of its format, which 1.5 and all later releases read. */
export function containerdConfig(settings: ContainerdSettings): string {
  const { layout } = settings
  const cri = 'plugins."io.containerd.grpc.v1.cri"'
  return toml({
    '': { version: 2, root: layout.root, state: layout.state, disabled_plugins: DISABLED_PLUGINS },
    grpc: { address: layout.socket },
    debug: { level: 'info' },
    [cri]: {
      sandbox_image: settings.sandboxImage,
      restrict_oom_score_adj: !settings.canLowerOomScore,
      netns_mounts_under_state_dir: true, // So that what is left over can be told from others' namespaces.
    },
    [`${cri}.cni`]: { bin_dir: settings.cniBinDir, conf_dir: settings.cniConfDir, max_conf_num: 1 },
    [`${cri}.registry`]: { config_path: layout.registryDir },
    [`${cri}.containerd`]: { snapshotter: settings.snapshotter, default_runtime_name: 'runc' },
    [`${cri}.containerd.runtimes.runc`]: { runtime_type: 'io.containerd.runc.v2' },
    [`${cri}.containerd.runtimes.runc.options`]: {
      BinaryName: settings.runcPath,
      Root: layout.runcRoot,
      SystemdCgroup: settings.cgroupDriver === 'systemd',
    },
  })
}

type TomlValue = string | number | boolean | readonly string[]

// A JSON string is a TOML string, and so is an array of them.
function toml(tables: Readonly<Record<string, Readonly<Record<string, TomlValue>>>>): string {
  return Object.entries(tables)
    .map(([name, values]) => {
      const lines = Object.entries(values).map(
        ([key, value]) => `${key} = ${JSON.stringify(value)}\n`,
      )
      return `${name && `[${name}]\n`}${lines.join('')}`
    })
    .join('\n')
}
