/**
 * The forward pass of CLIP's vision transformer, told to a graph: the same description for every format.
 *
 * A graph has the methods that are called here. Values are opaque to this file; a linear layer is given as
 * {outputs, inputs, bias, read}, where read() resolves to its float32 weights [outputs, inputs].
 */

const PANEL = 8;
const roundUp = (value) => Math.ceil(value / PANEL) * PANEL;

/** A linear layer of the folder. */
async function layer(model, name, outputs, inputs) {
  return { name, outputs, inputs, bias: (await model.linear(name, outputs, inputs)).bias, read: async () => (await model.linear(name, outputs, inputs)).weight };
}

/**
 * Query, key and value, which the folder stores as one layer. The query is scaled by 1 / sqrt(head width) here,
 * so that no graph has to do it to the scores.
 */
async function attentionLayers(model, block) {
  const { width, heads } = model.sizes;
  const name = `${block}.attention.qkv`;
  const rows = 3 * roundUp(width);
  const { bias } = await model.linear(name, rows, width);
  return ['query', 'key', 'value'].map((part, index) => {
    const factor = part === 'query' ? 1 / Math.sqrt(width / heads) : 1;
    const first = index * roundUp(width);
    const scaled = (values) => values.map((value) => value * factor);
    return {
      name: `${block}.attention.${part}`,
      outputs: width,
      inputs: width,
      bias: scaled(bias.slice(first, first + width)),
      read: async () => scaled((await model.linear(name, rows, width)).weight.slice(first * width, (first + width) * width)),
    };
  });
}

/** LayerNorm(x) of the folder's norm `name`. */
async function norm(graph, model, x, name) {
  return graph.layerNorm(name, x, await model.vector(`${name}.weight`), await model.vector(`${name}.bias`), model.sizes.norm_epsilon);
}

async function runBlock(graph, model, x, block) {
  const { width, heads, mlp_width: mlpWidth, activation } = model.sizes;
  const linear = async (input, part, outputs, inputs) => graph.linear(input, await layer(model, `${block}.${part}`, outputs, inputs));
  const normed = await norm(graph, model, x, `${block}.norm1`);
  const parts = [];
  for (const part of await attentionLayers(model, block)) parts.push(await graph.linear(normed, part));
  const attended = graph.attention(`${block}.attention`, parts, heads);
  const middle = graph.add(x, await linear(attended, 'attention.out', width, width));
  const hidden = await linear(await norm(graph, model, middle, `${block}.norm2`), 'mlp.fc1', mlpWidth, width);
  return graph.add(middle, await linear(graph.activation(hidden, activation), 'mlp.fc2', width, mlpWidth));
}

/**
 * Normalised pixels to the embedding.
 * @param {object} graph
 * @param {import('./model-folder.mjs').ModelFolder} model
 */
export async function describeTower(graph, model) {
  const { width, layers, patch, embedding } = model.sizes;
  const patches = await graph.patches(model.sizes, await layer(model, 'embeddings.patch', width, 3 * patch * patch));
  const tokens = graph.withClassToken(patches, await model.vector('embeddings.class'));
  const positions = await model.vector('embeddings.position');
  let x = await norm(graph, model, graph.addConstant(tokens, positions, [positions.length / width, width]), 'pre_norm');
  for (let index = 0; index < layers; index += 1) x = await runBlock(graph, model, x, `blocks.${index}`);
  const pooled = await norm(graph, model, graph.classToken(x), 'post_norm');
  graph.output(embedding === 0 ? pooled : await graph.linear(pooled, await layer(model, 'projection', embedding, width)));
}
