import { readdir, readFile } from 'node:fs/promises'

/** Kills a container's processes from outside, as the kernel does when memory runs out: its cgroup bears its id. */
export async function killContainer(id: string): Promise<void> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  let killed = 0
  for (const pid of pids) {
    const cgroups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '') // It has ended.
    if (!cgroups.includes(id)) continue
    if (kill(Number(pid))) killed += 1
  }
  if (killed === 0) throw new Error(`Cannot kill container ${id}: it has no process`)
}

/** Whether there was such a process still: all of a container go with its first one. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    return false
  }
}
