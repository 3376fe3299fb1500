// Fields as `coded.py` sends them.
document.addEventListener("DOMContentLoaded", () => {
  const {Deserializer} = Bokeh.require("core/serialization/deserializer")
  const {ndarray} = Bokeh.require("core/util/ndarray")
  Deserializer.register("finescale.field", ({planes, base, scale}, deserializer) => {
    const bytes = deserializer._decode(planes), [height, width] = bytes.shape.slice(-2), count = height * width
    const one = bytes.length === count, missing = one ? 255 : 65535
    const values = new Float32Array(count), along = new (one ? Uint8Array : Uint16Array)(width)
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0, number = 0; x < width; x++, i++) {
        const near = one ? bytes[i] : bytes[i] << 8 | bytes[count + i]
        along[x] += (near >>> 1) ^ -(near & 1)
        number = (number + along[x]) & missing
        values[i] = number === missing ? NaN : (number + base) / scale
      }
    }
    return ndarray(values, {dtype: "float32", shape: [height, width]})
  })
}, {once: true})
