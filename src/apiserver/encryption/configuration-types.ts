import { int32, listOf, ref, string } from '../../schema/field.ts'
import { messagesOf } from '../../schema/message.ts'

const message = messagesOf('io.k8s.apiserver.pkg.apis.apiserver.v1')

export class Key extends message('A key.', {
  name: string(1, 'What values say they are encrypted with.'),
  secret: string(2, 'The key, in base64.'),
}) {}

const keys = listOf(Key, 1, 'The first writes, all read.')

export class AESConfiguration extends message('Encrypts by AES with these keys.', { keys }) {}

class SecretboxConfiguration extends message('Encrypts by XSalsa20 with these keys.', { keys }) {}

export class KMSConfiguration extends message('Encrypts with the keys of a plugin.', {
  apiVersion: string(1, 'v2.'),
  name: string(2, 'The plugin; values name it.'),
  cachesize: int32(3, 'For v1 alone.'),
  endpoint: string(4, 'Its Unix socket.'),
  timeout: string(5, 'How long it is waited for.'),
}) {}

class IdentityConfiguration extends message('Keeps values as they are.', {}) {}

export class ProviderConfiguration extends message('A way to keep values: one of these.', {
  aesgcm: ref(AESConfiguration, 1, 'AES-GCM.'),
  aescbc: ref(AESConfiguration, 2, 'AES-CBC.'),
  secretbox: ref(SecretboxConfiguration, 3, 'XSalsa20 and Poly1305.'),
  identity: ref(IdentityConfiguration, 4, 'None.'),
  kms: ref(KMSConfiguration, 5, 'A plugin.'),
}) {}

export class ResourceConfiguration extends message('How some resources are kept.', {
  resources: listOf('string', 1, 'The resources.'),
  providers: listOf(ProviderConfiguration, 2, 'The first writes, all read.'),
}) {}

/** A configuration file as it is written. */
export class EncryptionFile extends message('How resources are kept.', {
  resources: listOf(ResourceConfiguration, 1, 'The first that names a resource counts.'),
}) {}
