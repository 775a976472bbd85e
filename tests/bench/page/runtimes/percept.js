/** Percept's tower alone: what model.js does with it, without pictures and heads. */

export async function load({ web, model, variant, threads, normalization }, onThread) {
  const paths = ['engine/open.js', 'model/placement.js', 'engine/tower.js', 'engine/thread-pool.js', 'weights/load.js', 'weights/manifest.js', 'weights/manifest-source.js', 'engine/ways.js'];
  const [{ openTower }, { TensorPlacer }, { BASE }, { ThreadPool }, { loadShards }, { memoryNeeds }, { fetchManifest }, { fastestWay, warmWays }] = (
    await Promise.all(paths.map((path) => import(`${web}lib/${path}`))));
  const found = fetchManifest(model);
  const opened = openTower(found.then(({ manifest }) => memoryNeeds(manifest)), { variant, threads });
  const [{ manifest, base }, { tower, trial, module, build }] = await Promise.all([found, opened]);
  const pool = build.shared ? new ThreadPool(module, tower, build.threads) : null;
  onThread(() => pool.join());
  const { Familiarity } = manifest.familiarity ? await import(`${web}lib/model/familiarity.js`) : {};
  const known = Familiarity ? new Familiarity(manifest.tower.embedding || manifest.tower.width) : null;
  const loading = loadShards(manifest.base.shards, { base, place: new TensorPlacer(tower, known).placeFor(BASE), onBytes: () => {} });
  await Promise.all([loading, warmWays(trial)]);
  const way = await fastestWay(trial);
  tower.chooseWay(way);
  tower.ready(BASE);
  tower.setNormalization(normalization.mean, normalization.std);
  const session = new Session(tower, build, pool, manifest.tower);
  await pool?.settle();
  return session;
}

class Session {
  constructor(tower, build, pool, sizes) {
    this.tower = tower;
    this.build = build;
    this.pool = pool;
    this.width = sizes.embedding || sizes.width;
  }

  prepare(views, count, size) {
    this.batches = [];
    for (let first = 0; first < count; first += this.tower.batch) {
      const batch = Math.min(this.tower.batch, count - first);
      this.batches.push({ count: batch, views: views.subarray(first * size * size * 3, (first + batch) * size * size * 3) });
    }
  }

  async run() {
    const parts = this.batches.map(({ count, views }) => {
      this.tower.forward('base', views, { first: 0, count });
      return Array.from(this.tower.embeddings(count * this.width));
    });
    return parts.flat();
  }

  facts() {
    return { build: this.build.name, threads: this.pool?.complete ? this.build.threads : 1 };
  }
}
