/** A volume cannot be had. The message is all that the Pod's events are to say. */
export class VolumeFailure extends Error {
  override readonly name = 'VolumeFailure'
}

/** The failure of one step with a volume, in upstream's words: `MountVolume.SetUp failed for volume "x" : …`. */
export function stepFailed(step: string, volumeName: string, cause: unknown): VolumeFailure {
  return volumeFailure(`${step} failed`, volumeName, cause)
}

/** The same, where upstream says more of what failed. */
export function volumeFailure(what: string, volumeName: string, cause: unknown): VolumeFailure {
  const said = cause instanceof Error ? goWords(cause.message) : String(cause)
  return new VolumeFailure(`${what} for volume ${JSON.stringify(volumeName)} : ${said}`, { cause })
}

/** No step could be tried, in upstream's words. */
export function notProcessed(volumeName: string, cause: unknown): VolumeFailure {
  const said = cause instanceof Error ? cause.message : String(cause)
  const text = `Unable to attach or mount volumes: unmounted volumes=[${volumeName}], unattached volumes=[], failed to process volumes=[${volumeName}]: ${said}`
  return new VolumeFailure(text, { cause })
}

/** What failed with a file, as Go says it: `mkdir /x: read-only file system`. */
function goWords(message: string): string {
  const [whole, why, call, path] = /^E[A-Z0-9]+: (.+), (\w+)(?: '([^']+)')?/.exec(message) ?? []
  if (whole === undefined) return message
  return `${[call, path].filter(Boolean).join(' ')}: ${why}`
}
