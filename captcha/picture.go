package captcha

import (
	"bytes"
	"image/color"
	"image/png"
	"sync"

	dchest "github.com/dchest/captcha"
)

const width, height = 240, 80 // dchest's own size, which its strokes are made for

// draw makes a PNG with dchest's strokes on white: its own ground is transparent, and dark ink
// on a dark page cannot be read.
func draw(seed string, digits []byte) []byte {
	picture := dchest.NewImage(seed, digits, width, height)
	picture.Palette[0] = color.White
	var out bytes.Buffer
	if err := encoder.Encode(&out, picture.Paletted); err != nil {
		panic("captcha: a picture of 240 by 80 does not encode: " + err.Error())
	}
	return out.Bytes()
}

// encoder trades a quarter more bytes for half the time.
var encoder = png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: &buffers{}}

// buffers keeps the encoder's 800 kB between pictures.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() *png.EncoderBuffer {
	got, _ := b.pool.Get().(*png.EncoderBuffer)
	return got
}

func (b *buffers) Put(buffer *png.EncoderBuffer) { b.pool.Put(buffer) }
