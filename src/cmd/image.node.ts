export async function load(_dataDir: string, _files: readonly string[]): Promise<void> {}
export async function list(_dataDir: string): Promise<void> {}
