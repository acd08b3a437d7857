import {
  bool,
  int64,
  listOf,
  nanoseconds,
  optional,
  ref,
  string,
  stringMap,
  strings,
  uint64,
} from '../../grpc/proto-fields.ts'
import { message } from '../../grpc/proto3.ts'
import { PodSandboxConfig } from './sandbox-messages.ts'

/** Which image: a reference, or the id or digest that the runtime gave. */
export class ImageSpec extends message({
  image: string(1),
  annotations: stringMap(2),
  userSpecifiedImage: string(18),
  runtimeHandler: string(19),
  imageRef: string(20),
}) {}

export class ImageFilter extends message({ image: ref(1, ImageSpec) }) {}

export class ListImagesRequest extends message({ filter: ref(1, ImageFilter) }) {}

export class Image extends message({
  id: string(1),
  repoTags: strings(2),
  repoDigests: strings(3),
  /** Bytes; of the compressed layers, in containerd. */
  size: uint64(4),
  /** The user to run as, by number or else by name. */
  uid: optional(5, int64),
  username: string(6),
  spec: ref(7, ImageSpec),
  /** Never to be collected as garbage. */
  pinned: bool(8),
}) {}

export class ListImagesResponse extends message({ images: listOf(1, Image) }) {}

export class ImageStatusRequest extends message({
  image: ref(1, ImageSpec),
  verbose: bool(2),
}) {}

export class ImageStatusResponse extends message({
  /** Missing where there is no such image. */
  image: ref(1, Image),
  /** Only in a verbose answer: JSON by topic, as the runtime likes. */
  info: stringMap(2),
}) {}

/** How to log in to a registry, as in a docker config file. */
export class AuthConfig extends message({
  username: string(1),
  password: string(2),
  auth: string(3),
  serverAddress: string(4),
  identityToken: string(5),
  registryToken: string(6),
}) {}

export class PullImageRequest extends message({
  image: ref(1, ImageSpec),
  auth: ref(2, AuthConfig),
  sandboxConfig: ref(3, PodSandboxConfig),
}) {}

export class PullImageResponse extends message({ imageRef: string(1) }) {}

export class RemoveImageRequest extends message({ image: ref(1, ImageSpec) }) {}

export class FilesystemIdentifier extends message({ mountpoint: string(1) }) {}

export class FilesystemUsage extends message({
  timestamp: nanoseconds(1),
  fsId: ref(2, FilesystemIdentifier),
  usedBytes: optional(3, uint64),
  inodesUsed: optional(4, uint64),
}) {}

export class ImageFsInfoResponse extends message({
  imageFilesystems: listOf(1, FilesystemUsage),
  containerFilesystems: listOf(2, FilesystemUsage),
}) {}
