// Fields as `coded.py` sends them.
document.addEventListener("DOMContentLoaded", () => {
  const {Deserializer} = Bokeh.require("core/serialization/deserializer")
  const {ndarray} = Bokeh.require("core/util/ndarray")
  Deserializer.register("finescale.field", ({planes, base, decimals}, deserializer) => {
    const bytes = deserializer._decode(planes), [, height, width] = bytes.shape, count = height * width
    const values = new Float32Array(count), along = new Uint16Array(width), scale = 10 ** decimals
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0, number = 0; x < width; x++, i++) {
        const small = bytes[i] << 8 | bytes[count + i]
        along[x] += (small >>> 1) ^ -(small & 1)
        number = (number + along[x]) & 65535
        values[i] = number === 65535 ? NaN : (number + base) / scale
      }
    }
    return ndarray(values, {dtype: "float32", shape: [height, width]})
  })
}, {once: true})
