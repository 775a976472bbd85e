#!/usr/bin/env python3
"""Writes families/towers/ and families/towers.json: tiny models as transformers and open_clip build and save them, and what their
own code computes; families/names.json: the names of families that are recognised and refused; families/shapes.json: every model
that open_clip describes.

  python3 tests/golden/families_towers.py      needs transformers, open_clip_torch, peft, safetensors, PyTorch

With transformers 4 it adds what that one saves. The vision towers have the seeded weights of checkpoints.py; pictures and sizes are those too.
"""
import io
import json
import pathlib
import shutil
import zipfile

import open_clip
import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from torch import nn
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTextConfig, CLIPVisionConfig, CLIPVisionModel, CLIPVisionModelWithProjection

import generator
from checkpoints import SIZES, numbers, seeded_tower, seeded_views, to_openai
from clip import normalize_pixels

HERE = pathlib.Path(__file__).parent / 'families'
FOLDER = HERE / 'towers'
VISION = dict(hidden_size=SIZES['width'], num_hidden_layers=SIZES['layers'], num_attention_heads=SIZES['heads'], intermediate_size=SIZES['mlp_width'],
              patch_size=SIZES['patch'], image_size=SIZES['image'], projection_dim=SIZES['embedding'])
TEXT = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, vocab_size=5, max_position_embeddings=4, eos_token_id=1)
PIXELS = normalize_pixels(seeded_views(), torch.float32)
VIT = dict(width=SIZES['width'], layers=SIZES['layers'], head_width=SIZES['width'] // SIZES['heads'], mlp_ratio=2.0, patch_size=SIZES['patch'], image_size=SIZES['image'])
OPEN_TEXT = dict(context_length=4, vocab_size=5, width=8, heads=2, layers=1)


def seeded(model):
    """The seeded tower in a model of transformers, whatever it calls the tower's parts."""
    own, tower = model.state_dict(), seeded_tower()
    for name in own:
        key = name if name in tower else f'vision_model.{name}'
        if key in tower:
            own[name] = tower[key]
    model.load_state_dict(own)
    return model.eval()


def layers(name, widths):
    """Seeded linear layers with dropout's and ReLU's gaps between, as shunk031's predictors have them."""
    chain = [nn.Linear(inputs, outputs) for inputs, outputs in zip([SIZES['embedding'], *widths], widths)]
    for index, (layer, (weight, bias)) in enumerate(zip(chain, generator.head_tensors(SIZES['embedding'], widths, 77))):
        layer.weight.data, layer.bias.data = torch.from_numpy(weight), torch.from_numpy(bias)
    a, b, c, d, e = (chain + [None] * 4)[:5]
    if name == 'linear':
        return nn.Sequential(a, nn.Dropout(), b, nn.Dropout(), c, nn.Dropout(), d, e)
    return nn.Sequential(a, nn.ReLU(), nn.Dropout(), b, nn.ReLU(), nn.Dropout(), c, nn.ReLU(), nn.Dropout(), d, nn.ReLU(), e)


PREDICTORS = {'v1': 'AestheticsPredictorV1', 'linear': 'AestheticsPredictorV2Linear', 'relu': 'AestheticsPredictorV2ReLU'}


class AestheticsPredictor(CLIPVisionModelWithProjection):
    """Tower and head in one file; the head reads embeddings divided by their norm."""

    def score(self, pixels):
        embeddings = self(pixel_values=pixels).image_embeds
        head = self.predictor if hasattr(self, 'predictor') else self.layers
        return head(embeddings / embeddings.norm(dim=-1, keepdim=True))


def predictor(kind):
    model = seeded(AestheticsPredictor(CLIPVisionConfig(**VISION, hidden_act='quick_gelu')))
    if kind == 'v1':
        model.predictor = nn.Linear(SIZES['embedding'], 1)
        weight, bias = next(generator.head_tensors(SIZES['embedding'], [1], 78))
        model.predictor.weight.data, model.predictor.bias.data = torch.from_numpy(weight), torch.from_numpy(bias)
    else:
        model.layers = layers(kind, [16, 8, 4, 3, 1])
    return model.eval()


def save_transformers(name, model, **config):
    folder = FOLDER / name
    model.save_pretrained(str(folder))
    (folder / 'generation_config.json').unlink(missing_ok=True)
    side = SIZES['image']
    CLIPImageProcessor(size={'shortest_edge': side}, crop_size=side).save_pretrained(str(folder))
    if config:
        path = folder / 'config.json'
        path.write_text(json.dumps({**json.loads(path.read_text()), **config}, indent=2) + '\n')


def transformers_cases(suffix=''):
    gelu = dict(VISION, hidden_act='gelu', layer_norm_eps=0.01)
    both = seeded(CLIPModel(CLIPConfig(vision_config=dict(VISION, hidden_act='quick_gelu'), text_config=TEXT, projection_dim=SIZES['embedding'])))
    bare, projected = seeded(CLIPVisionModel(CLIPVisionConfig(**gelu))), seeded(CLIPVisionModelWithProjection(CLIPVisionConfig(**gelu)))
    for name, model in [('clip-model', both), ('vision-model', bare), ('vision-with-projection', projected)]:
        save_transformers(name + suffix, model)
    with torch.no_grad():
        features = both.visual_projection(both.vision_model(pixel_values=PIXELS).pooler_output)
        expected = {'clip-model' + suffix: features, 'vision-model' + suffix: bare(pixel_values=PIXELS).pooler_output,
                    'vision-with-projection' + suffix: projected(pixel_values=PIXELS).image_embeds}
        if suffix:
            return expected
        other = seeded(transformers.MetaClip2VisionModelWithProjection(transformers.MetaClip2VisionConfig(**VISION, hidden_act='quick_gelu')))
        save_transformers('metaclip-2', other)
        expected['metaclip-2'] = other(pixel_values=PIXELS).image_embeds
        for kind in PREDICTORS:
            model = predictor(kind)
            save_transformers(f'aesthetics-{kind}', model, model_type='aesthetics_predictor', architectures=[PREDICTORS[kind]])
            expected[f'aesthetics-{kind}'] = model.score(PIXELS)
    return expected


def open_clip_model(vision=None, **words):
    model = open_clip.CLIP(SIZES['embedding'], {**VIT, **(vision or {})}, OPEN_TEXT, **words).eval()
    tower = to_openai(seeded_tower())
    own = model.visual.state_dict()
    own.update({name: tensor.contiguous() for name, tensor in tower.items() if name in own})
    model.visual.load_state_dict(own)
    return model


def save_open_clip(name, model, vision=None, **words):
    folder = FOLDER / name
    folder.mkdir(parents=True)
    config = {'model_cfg': {'embed_dim': SIZES['embedding'], 'vision_cfg': {**VIT, **(vision or {})}, 'text_cfg': OPEN_TEXT, **words},
              'preprocess_cfg': {'mean': [0.48145466, 0.4578275, 0.40821073], 'std': [0.26862954, 0.26130258, 0.27577711]}}
    (folder / 'open_clip_config.json').write_text(json.dumps(config, indent=2) + '\n')
    save_file({key: tensor.contiguous() for key, tensor in model.state_dict().items()}, str(folder / 'open_clip_model.safetensors'))


OPEN_CLIP = {
    'open-clip-gelu': ({}, {}),
    'open-clip-quick-gelu': ({}, {'quick_gelu': True}),
    'open-clip-epsilon': ({'norm_kwargs': {'eps': 0.02}}, {}),
    'open-clip-heads': ({'head_width': 4}, {}),
    'open-clip-tanh': ({'act_kwargs': {'approximate': 'tanh'}}, {}),
    'open-clip-average': ({'pool_type': 'avg'}, {}),
    'open-clip-clipa': ({'pool_type': 'avg', 'no_ln_pre': True, 'final_ln_after_pool': True}, {}),
    'open-clip-layer-scale': ({'ls_init_value': 0.1}, {}),
    'open-clip-sine': ({'pos_embed_type': 'sin_cos_2d'}, {}),
}


def open_clip_cases():
    expected = {}
    for name, (vision, words) in OPEN_CLIP.items():
        model = open_clip_model(vision, **words)
        save_open_clip(name, model, vision, **words)
        with torch.no_grad():
            expected[name] = model.encode_image(PIXELS)
    for name, targets in [('peft-attention', ['attn']), ('peft-mlp', ['c_fc', 'c_proj'])]:
        expected[name] = open_clip_adapter(name, r'visual\..*\.(' + '|'.join(targets) + ')')
    expected['peft-no-effect'] = open_clip_adapter('peft-no-effect', r'visual\..*\.out_proj')
    return expected


def open_clip_adapter(name, targets):
    """LoRA beside open_clip's own modules, with seeded factors."""
    model = get_peft_model(open_clip_model(quick_gelu=True), LoraConfig(r=2, lora_alpha=6, target_modules=targets)).eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if 'lora_' in key:
                parameter.copy_(torch.from_numpy(generator.normals(93, key.replace('.default', ''), list(parameter.shape), 0.3)))
        model.save_pretrained(str(FOLDER / name))
        (FOLDER / name / 'README.md').unlink(missing_ok=True)
        return model.base_model.model.encode_image(PIXELS)


class Traced(nn.Module):
    def __init__(self, visual):
        super().__init__()
        self.visual = visual

    def forward(self, pixels):
        return self.visual(pixels)


def trace_open_clip():
    """TorchScript, as OpenAI's archives are, of a tower with another activation."""
    whole = io.BytesIO()
    with torch.no_grad():
        torch.jit.save(torch.jit.trace(Traced(open_clip_model().visual), PIXELS, check_trace=False), whole)
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(FOLDER / 'traced-gelu.pt', 'w') as kept:
        for name in archive.namelist():
            if not name.endswith('.debug_pkl'):  # where the traced code lay
                kept.writestr(zipfile.ZipInfo(name), archive.read(name))


def add_older():
    """What transformers 4 saves, beside what 5 does."""
    path = HERE / 'towers.json'
    expected = json.loads(path.read_text())
    for name, values in transformers_cases('-of-4').items():
        expected[name] = numbers(values)
    write_expected(expected)


def write_expected(expected):
    lines = ',\n'.join(f'"{name}":{json.dumps(values, separators=(",", ":"))}' for name, values in expected.items())
    (HERE / 'towers.json').write_text('{\n' + lines + '\n}\n')


def names_of(model, **config):
    return {'tensors': {name: list(tensor.shape) for name, tensor in model.state_dict().items()},
            'config': {**{word: value for word, value in model.config.to_dict().items() if word in ('model_type', 'architectures')}, **config}}


def refused_families():
    """Names and shapes alone: what a refusal knows a family by."""
    small = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, image_size=8, patch_size=4)
    t = transformers
    text = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, vocab_size=5, max_position_embeddings=4)
    makers = {
        'CLIPForImageClassification': lambda: t.CLIPForImageClassification(CLIPConfig(vision_config=small, text_config=text)),
        'SigLIP': lambda: t.SiglipVisionModel(t.SiglipVisionConfig(**small)),
        'SigLIP 2': lambda: t.Siglip2VisionModel(t.Siglip2VisionConfig(**{k: v for k, v in small.items() if k != 'image_size'}, num_patches=4)),
        'BLIP': lambda: t.BlipVisionModel(t.BlipVisionConfig(**small)),
        'Chinese CLIP': lambda: t.ChineseCLIPVisionModel(t.ChineseCLIPVisionConfig(**small)),
        'AltCLIP': lambda: t.AltCLIPVisionModel(t.AltCLIPVisionConfig(**small)),
        'CLIPSeg': lambda: t.CLIPSegModel(t.CLIPSegConfig(vision_config=small, text_config=text)),
        'OWL-ViT': lambda: t.OwlViTModel(t.OwlViTConfig(vision_config=small, text_config=text)),
        'DINOv2': lambda: t.Dinov2Model(t.Dinov2Config(**{k: v for k, v in small.items() if k != 'intermediate_size'})),
        'ViT': lambda: t.ViTModel(t.ViTConfig(**small)),
    }
    found = {}
    for family, make in makers.items():
        try:
            found[family] = names_of(make())
        except Exception as error:  # a family that this version of transformers lacks
            print(f'{family}: {type(error).__name__}: {error}')
    for family, name in [('CoCa', 'coca_ViT-B-32'), ('EVA-CLIP in open_clip', 'EVA02-B-16'), ('SigLIP in open_clip', 'ViT-B-16-SigLIP'), ('CLIP with a ResNet', 'RN50')]:
        names = list(open_clip.create_model(name, load_weights=False, device='meta').state_dict())
        kept = [key for key in names if key.startswith('visual')][:12] + [key for key in names if 'attn_pool.' in key or 'text_decoder.' in key][:4]
        found[family] = {'tensors': {key: [1] for key in kept}, 'config': None}
    return found


def wrapped_heads():
    """State dicts inside what training frameworks put around them."""
    folder = FOLDER / 'heads'
    folder.mkdir(parents=True)
    weight, bias = next(generator.head_tensors(SIZES['embedding'], [1], 79))
    state = {'weight': torch.from_numpy(weight), 'bias': torch.from_numpy(bias)}
    torch.save({'params': state}, folder / 'params.pth')
    torch.save({'params': state, 'params_ema': {name: 2 * value for name, value in state.items()}}, folder / 'two-states.pth')
    linear = nn.Linear(SIZES['embedding'], 1)
    linear.load_state_dict(state)
    torch.save({'model': state, 'model_ema': {f'module.{name}': 2 * value for name, value in state.items()}, 'rng': {'cpu': torch.zeros(1)}}, folder / 'with-average.pth')
    torch.save({'state_dict': nn.DataParallel(torch.compile(linear)).state_dict(), 'epoch': 3}, folder / 'compiled.pth')
    torch.save(torch.optim.swa_utils.AveragedModel(linear).state_dict(), folder / 'averaged.pth')
    embeddings = numbers_of_plain()
    return {'head-params': embeddings @ state['weight'].double().T + state['bias'].double()}


def numbers_of_plain():
    with torch.no_grad():
        return seeded(CLIPVisionModelWithProjection(CLIPVisionConfig(**VISION, hidden_act='quick_gelu')))(pixel_values=PIXELS).image_embeds.double()


def shapes():
    """Of every model that open_clip describes: its configuration, and what its own code makes of it."""
    described = []
    for name in open_clip.list_models():
        config = open_clip.get_model_config(name)
        vision = config['vision_cfg']
        described.append({'name': name, 'quick_gelu': bool(config.get('quick_gelu')), 'embed_dim': config['embed_dim'], 'vision_cfg': vision})
    return described


def main():
    torch.manual_seed(0)  # the text towers, which nothing reads
    if transformers.__version__.startswith('4.'):
        add_older()
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    expected = {**transformers_cases(), **open_clip_cases(), **wrapped_heads()}
    trace_open_clip()
    write_expected({name: numbers(values) for name, values in expected.items()})
    (HERE / 'names.json').write_text(json.dumps(refused_families(), separators=(',', ':')).replace('"},"', '"},\n"') + '\n')
    (HERE / 'shapes.json').write_text('[\n' + ',\n'.join(json.dumps(each, separators=(',', ':')) for each in shapes()) + '\n]\n')


if __name__ == '__main__':
    main()
