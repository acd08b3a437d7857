/** A container cannot be made as it is declared; the message is upstream's and shows in the Pod's status and events. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError'
}
